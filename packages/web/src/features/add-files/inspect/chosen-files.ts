import type { Options } from "@unparquet/core/conversion/options";
import PQueue from "p-queue";
import { MissingPartError } from "../../../components/fetch-part.ts";
import { RefusedFile } from "../upload/check-parquet.ts";
import { describeFailure } from "./refusal.ts";
import type { Summary } from "./worker.ts";

export type Reading =
  | { phase: "reading" }
  | { phase: "ready"; summary: Summary }
  /** Its conversion would fail. */
  | { phase: "refused"; reason: string }
  /** This browser cannot show it, but the converter may convert it. */
  | { phase: "unreadable"; reason: string };

export interface ChosenFile {
  readonly id: number;
  readonly file: File;
  readonly reading: Reading;
  /** Options of this file's own, in place of those for all. */
  readonly own?: Partial<Options>;
}

export interface Choice {
  readonly files: readonly ChosenFile[];
  readonly shared: Partial<Options>;
  /** The file that is looked at. */
  readonly shown?: number;
}

/** What the reader of files does; it comes in a chunk of its own with the first file. */
export interface FileReader {
  open: (id: number, file: File) => Promise<Summary>;
  close: (id: number) => void;
}

/** How a file will be converted. Without any column it cannot be. */
export const optionsOf = ({ own }: ChosenFile, shared: Partial<Options>): Partial<Options> => own ?? shared;

export const isConvertible = ({ reading: { phase } }: ChosenFile) =>
  phase === "ready" || phase === "unreadable";

type FileLike = Pick<File, "name" | "size" | "lastModified">;

const keyOf = ({ name, size, lastModified }: FileLike) => `${size} ${lastModified} ${name}`;

/** Where a file seems to be already. It may be meant, so nothing is refused. */
export type Repetition = "chosen" | "uploads";

/** Of the files that seem to be there already, by id, where. */
export function findRepeated(
  files: readonly ChosenFile[],
  uploads: readonly FileLike[],
): Map<number, Repetition> {
  const seen = new Map<string, Repetition>(uploads.map((file) => [keyOf(file), "uploads"]));
  const repeated = new Map<number, Repetition>();
  for (const { id, file } of files) {
    const key = keyOf(file);
    const before = seen.get(key);
    if (before) repeated.set(id, before);
    seen.set(key, "chosen");
  }
  return repeated;
}

/** Files read at a time. Few, so that what a person asks about one of them is not last in a long line. */
const parallel = 4;
/** Milliseconds that what was read waits for more to be shown with it: of hundreds, each would have the list drawn anew. */
const frame = 100;

/** Throws MissingPartError. */
async function read(reader: FileReader, id: number, file: File): Promise<Reading> {
  try {
    return { phase: "ready", summary: await reader.open(id, file) };
  } catch (error) {
    if (!(error instanceof Error) || error instanceof MissingPartError) throw error;
    return error instanceof RefusedFile
      ? { phase: "refused", reason: error.message }
      : { phase: "unreadable", reason: describeFailure(error) };
  }
}

/** Files chosen in this tab and not sent yet. Lives outside of React, so that it outlives a page. */
export class ChosenFiles {
  #choice: Choice = { files: [], shared: {} };
  readonly #listeners = new Set<() => void>();
  readonly #reader: () => Promise<FileReader>;
  readonly #queue = new PQueue({ concurrency: parallel });
  readonly #read = new Map<number, Reading>();
  /** Files that were not read because the reader could not be fetched. */
  readonly #missed = new Set<number>();
  #unread = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #nextId = 1;

  constructor(reader: () => Promise<FileReader>) {
    this.#reader = reader;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** The same object until something changes. */
  readonly getSnapshot = (): Choice => this.#choice;

  /** Reads what the files say of themselves. One file alone is shown at once. `ownOf`: options a file had before. */
  add(files: readonly File[], ownOf: (file: File) => Partial<Options> | undefined = () => undefined): void {
    const added = files.map((file): ChosenFile => {
      const own = ownOf(file);
      return { id: this.#nextId++, file, reading: { phase: "reading" }, ...(own && { own }) };
    });
    const [first] = added;
    if (!first) return;
    const isAlone = added.length === 1 && !this.#choice.files.some(isConvertible);
    this.#publish({
      ...this.#choice,
      files: [...this.#choice.files, ...added],
      ...(isAlone ? { shown: first.id } : {}),
    });
    this.#enqueue(added);
  }

  /** Reads the files for which the reader was missing, as it may be there now. */
  readAgain(): void {
    const missed = this.#choice.files.filter(({ id }) => this.#missed.has(id));
    this.#missed.clear();
    if (missed.length === 0) return;
    const again = missed.map((chosen): ChosenFile => ({ ...chosen, reading: { phase: "reading" } }));
    for (const chosen of again) this.#change(chosen.id, () => chosen);
    this.#enqueue(again);
  }

  remove(...ids: number[]): void {
    const removed = new Set(ids);
    const files = this.#choice.files.filter(({ id }) => !removed.has(id));
    const { columns, ...shared } = this.#choice.shared;
    // The next files have columns of their own.
    const keepsColumns = columns && files.some(({ reading }) => reading.phase !== "refused");
    this.#publish({ ...this.#choice, files, shared: keepsColumns ? { ...shared, columns } : shared });
    void this.#reader().then(
      (reader) => {
        for (const id of ids) reader.close(id);
      },
      // Without a reader nothing is open.
      () => undefined,
    );
  }

  show(id: number | undefined): void {
    const { shown: _, ...rest } = this.#choice;
    this.#publish(id === undefined ? rest : { ...rest, shown: id });
  }

  /** Options for every file that has none of its own. */
  share(shared: Partial<Options>): void {
    this.#publish({ ...this.#choice, shared });
  }

  /** Options for one file alone; undefined for those of all. */
  setOwn(id: number, own: Partial<Options> | undefined): void {
    this.#change(id, ({ own: _, ...chosen }) => (own ? { ...chosen, own } : chosen));
  }

  /** Hands over what can be converted and keeps the rest, for a person to see why. */
  take(): ChosenFile[] {
    const taken = this.#choice.files.filter(isConvertible);
    this.remove(...taken.map(({ id }) => id));
    return taken;
  }

  #enqueue(files: readonly ChosenFile[]): void {
    this.#unread += files.length;
    for (const chosen of files) void this.#queue.add(() => this.#readFile(chosen));
  }

  async #readFile({ id, file }: ChosenFile): Promise<void> {
    const isChosen = () => this.#choice.files.some((chosen) => chosen.id === id);
    if (isChosen()) {
      try {
        const reader = await this.#reader();
        this.#read.set(id, await read(reader, id, file));
        if (!isChosen()) reader.close(id);
      } catch (error) {
        if (!(error instanceof MissingPartError)) throw error;
        this.#missed.add(id);
        this.#read.set(id, { phase: "unreadable", reason: error.message });
      }
    }
    this.#unread -= 1;
    if (this.#unread === 0) this.#showRead();
    else this.#timer ??= setTimeout(this.#showRead, frame);
  }

  readonly #showRead = () => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const files = this.#choice.files.map((chosen) => {
      const reading = this.#read.get(chosen.id);
      return reading ? { ...chosen, reading } : chosen;
    });
    this.#read.clear();
    this.#publish({ ...this.#choice, files });
  };

  #change(id: number, change: (chosen: ChosenFile) => ChosenFile): void {
    const files = this.#choice.files.map((chosen) => (chosen.id === id ? change(chosen) : chosen));
    this.#publish({ ...this.#choice, files });
  }

  #publish(choice: Choice): void {
    this.#choice = choice;
    for (const listener of this.#listeners) listener();
  }
}
