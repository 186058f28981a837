import type { Options } from "@unparquet/core/job/options";
import { RefusedFile } from "../upload/check-parquet.ts";
import type { Summary } from "./summary.ts";

export type Reading =
  | { phase: "reading" }
  | { phase: "ready"; summary: Summary }
  /** It would be uploaded for nothing. */
  | { phase: "refused"; reason: string }
  /** It cannot be shown, and yet be converted. */
  | { phase: "unreadable"; reason: string };

export interface ChosenFile {
  readonly id: number;
  readonly file: File;
  readonly reading: Reading;
  /** Options of this file's own, in place of those for all. */
  readonly own?: Partial<Options>;
  /** Other files have other columns, so these are always a file's own. None at all cannot be converted. */
  readonly columns?: readonly string[];
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

/** How a file will be converted. */
export function optionsOf({ own, columns }: ChosenFile, shared: Partial<Options>): Partial<Options> {
  const { columns: _, ...rest } = own ?? shared;
  return columns ? { ...rest, columns: [...columns] } : rest;
}

export const isConvertible = ({ reading: { phase } }: ChosenFile) =>
  phase === "ready" || phase === "unreadable";

/** Files chosen in this tab and not sent yet. Lives outside of React, so that it outlives a page. */
export class ChosenFiles {
  #choice: Choice = { files: [], shared: {} };
  readonly #listeners = new Set<() => void>();
  readonly #reader: () => Promise<FileReader>;
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

  /** Reads what the files say of themselves. One file alone is shown at once. */
  add(files: readonly File[]): void {
    const added = files.map(
      (file): ChosenFile => ({ id: this.#nextId++, file, reading: { phase: "reading" } }),
    );
    const [first] = added;
    if (!first) return;
    const isAlone = added.length === 1 && !this.#choice.files.some(isConvertible);
    this.#publish({
      ...this.#choice,
      files: [...this.#choice.files, ...added],
      ...(isAlone ? { shown: first.id } : {}),
    });
    for (const chosen of added) void this.#read(chosen);
  }

  remove(id: number): void {
    this.#publish({ ...this.#choice, files: this.#choice.files.filter((chosen) => chosen.id !== id) });
    void this.#reader().then((reader) => reader.close(id));
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

  setColumns(id: number, columns: readonly string[] | undefined): void {
    this.#change(id, ({ columns: _, ...chosen }) => (columns ? { ...chosen, columns } : chosen));
  }

  /** Hands over what can be converted and keeps the rest, for a person to see why. */
  take(): ChosenFile[] {
    const taken = this.#choice.files.filter(isConvertible);
    for (const { id } of taken) this.remove(id);
    return taken;
  }

  async #read({ id, file }: ChosenFile): Promise<void> {
    const reading = await this.#reader()
      .then((reader) => reader.open(id, file))
      .then(
        (summary): Reading => ({ phase: "ready", summary }),
        (error: Error): Reading => ({
          phase: error instanceof RefusedFile ? "refused" : "unreadable",
          reason: error.message,
        }),
      );
    this.#change(id, (chosen) => ({ ...chosen, reading }));
  }

  #change(id: number, change: (chosen: ChosenFile) => ChosenFile): void {
    const files = this.#choice.files.map((chosen) => (chosen.id === id ? change(chosen) : chosen));
    this.#publish({ ...this.#choice, files });
  }

  #publish(choice: Choice): void {
    this.#choice = choice;
    for (const listener of this.#listeners) listener();
  }
}
