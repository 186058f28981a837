import { randomId } from "@mantine/hooks";
import { createAtom } from "@tanstack/react-store";
import type { Options } from "@unparquet/core/conversion/options";
import PQueue from "p-queue";
import { ApiError } from "../../../api/error.ts";
import { RefusedFile } from "./check-parquet.ts";
import { PutError } from "./put-blob.ts";
import { Speed } from "./speed.ts";
import { abandonUpload, type FileTransfer, uploadFile } from "./upload-file.ts";
import type { UploadJournal } from "./upload-journal.ts";

export interface Upload extends FileTransfer {
  readonly id: string;
  /** Number of the batch: files added while others are under way belong to theirs. */
  readonly batch: number;
  /** A refused file is never worth another try, unlike a failed upload. */
  phase: "waiting" | "checking" | "uploading" | "starting" | "started" | "paused" | "refused" | "failed";
  /** Why it was refused or failed. */
  reason?: string;
  /** Whether it pauses once the parts on their way have arrived. */
  isPausing: boolean;
  /** Bytes a second, 0 while it is not known yet. */
  speed: number;
}

const hasPhase =
  (...phases: Upload["phase"][]) =>
  ({ phase }: Pick<Upload, "phase">) =>
    phases.includes(phase);

const isActive = hasPhase("checking", "uploading", "starting");
export const canPause = hasPhase("waiting", "checking", "uploading");
export const isPaused = hasPhase("paused");
export const isBad = hasPhase("refused", "failed");
/** Nothing is left to do for it, or nothing can be done. */
export const isOver = hasPhase("started", "refused");
const isUnderWay = hasPhase("waiting", "checking", "uploading", "starting");
const canResume = hasPhase("paused", "failed");

/** What only the queue needs of an upload. */
interface Entry extends Upload {
  abort: AbortController;
  hold: AbortController;
  meter: Speed;
  /** The end of the last try that has begun. */
  ended: Promise<void>;
}

const atRest = { isPausing: false, trouble: undefined, speed: 0 };

function newTry() {
  const abort = new AbortController();
  const hold = new AbortController();
  return { abort, hold, signal: abort.signal, pause: hold.signal, sent: 0, meter: new Speed() };
}

/** Milliseconds between two pictures of the progress. Bytes are counted far more often, for each of many files. */
const frame = 500;

/** The files chosen in this tab and how far each has come. Lives outside of React, so that it outlives a page. */
export class UploadQueue {
  readonly list = createAtom<readonly Upload[]>([]);
  #entries: readonly Entry[] = [];
  readonly #slots = new PQueue({ concurrency: 4 });
  readonly #journal: UploadJournal;
  #added = 0;
  #batch = 0;
  #clock: ReturnType<typeof setInterval> | undefined;

  constructor(journal: UploadJournal) {
    this.#journal = journal;
  }

  get isBusy(): boolean {
    return this.#entries.some(isUnderWay);
  }

  /** One that was begun on an earlier visit goes on where it was. No options: those it had then. */
  add(files: readonly { file: File; options: Partial<Options> }[]): void {
    if (!this.isBusy) this.#batch += 1;
    const added = files.map(({ file, options }) => this.#newEntry(file, options));
    this.#entries = [...this.#entries, ...added];
    for (const entry of added) this.#enqueue(entry);
    this.#publish();
  }

  #newEntry(file: File, options: Partial<Options>): Entry {
    const begun = this.#journal.claim(file);
    this.#added += 1;
    const entry: Entry = {
      id: begun?.id ?? randomId(""),
      file,
      options: Object.keys(options).length > 0 ? options : (begun?.options ?? {}),
      batch: this.#batch,
      // What was chosen first is first in line, also for the slots of its parts.
      priority: -this.#added,
      session: begun?.session ?? {},
      stored: begun?.stored ?? 0,
      moving: 0,
      phase: "waiting",
      ...atRest,
      ...newTry(),
      onTrouble: ({ message }) => {
        entry.trouble = message;
      },
      onStored: () => this.#write(entry),
      ended: Promise.resolve(),
    };
    return entry;
  }

  /** Parts on their way still arrive, so that no bytes are sent twice. Paused again, or without a connection, it stops at once. */
  pause(...ids: string[]): void {
    for (const entry of this.#select(ids, canPause)) {
      const hasParts = entry.phase === "uploading" && entry.session.target?.strategy === "multipart";
      if (hasParts && !entry.isPausing && entry.trouble === undefined) {
        entry.isPausing = true;
        entry.hold.abort();
      } else {
        entry.abort.abort();
        this.#set(entry, "paused");
      }
    }
    this.#publish();
  }

  /** Goes on where a pause or a failure ended the last try. */
  resume(...ids: string[]): void {
    for (const entry of this.#select(ids, canResume)) this.#enqueue(entry);
    this.#publish();
  }

  /** Takes files off the list; what is not started yet is given up. */
  remove(...ids: string[]): void {
    const removed = this.#select(ids, () => true);
    this.#entries = this.#entries.filter((entry) => !removed.includes(entry));
    for (const entry of removed) {
      entry.abort.abort();
      this.#journal.erase(entry.id);
      // Not before the last try is through: it may be about to learn of its job.
      if (!isOver(entry)) void entry.ended.then(() => abandonUpload(entry.session));
    }
    this.#publish();
  }

  #select(ids: string[], by: (upload: Upload) => boolean): Entry[] {
    return this.#entries.filter((entry) => ids.includes(entry.id) && by(entry));
  }

  #enqueue(entry: Entry): void {
    this.#set(entry, "waiting");
    const begin = async () => {
      await entry.ended;
      if (entry.phase !== "waiting" || !this.#entries.includes(entry)) return;
      entry.ended = this.#run(entry);
      await entry.ended;
    };
    void this.#slots.add(begin, { priority: entry.priority });
  }

  async #run(entry: Entry): Promise<void> {
    const { signal, pause } = Object.assign(entry, newTry());
    const set = (phase: Upload["phase"], reason?: string) => {
      this.#set(entry, phase, reason);
      this.#publish();
    };
    this.#clock ??= setInterval(() => this.#showProgress(), frame);
    set("checking");
    try {
      await uploadFile(entry, (step) => {
        if (!signal.aborted) set(step);
      });
      set("started");
    } catch (error) {
      if (error instanceof RefusedFile) {
        // The parts that are there are of a file that no longer is.
        void abandonUpload(entry.session);
        entry.session = {};
      }
      if (error === pause.reason) set("paused");
      else if (!signal.aborted) set(isRefusal(error) ? "refused" : "failed", explainFailure(error));
      // It may have learned of its job in the meantime.
      else this.#write(entry);
    }
  }

  #showProgress(): void {
    const active = this.#entries.filter(isActive);
    for (const entry of active) {
      entry.speed = entry.meter.measure(entry.sent);
      this.#write(entry);
    }
    this.#publish();
    if (active.length > 0) return;
    clearInterval(this.#clock);
    this.#clock = undefined;
  }

  #set(entry: Entry, phase: Upload["phase"], reason?: string): void {
    Object.assign(entry, atRest, { phase, reason });
    this.#write(entry);
  }

  #write(entry: Entry): void {
    // An upload that was taken off the list may still be on its way out.
    if (!this.#entries.includes(entry)) return;
    const { id, file, options, session, stored } = entry;
    const { name: filename, size, lastModified } = file;
    if (isOver(entry)) this.#journal.erase(id);
    else this.#journal.write({ id, filename, size, lastModified, options, session, stored });
  }

  #publish(): void {
    this.list.set(this.#entries.map((entry) => ({ ...entry, session: { ...entry.session } })));
  }
}

const isRefusal = (error: unknown) =>
  error instanceof RefusedFile || (error instanceof ApiError && error.status === 422);

/** What happened and what to do, for the person who chose the file. */
function explainFailure(error: unknown): string {
  if (error instanceof PutError)
    return `${error.message} Try again. If it keeps failing, check the bucket's permissions.`;
  if (error instanceof ApiError) {
    const request = error.requestId === undefined ? "" : ` (request ${error.requestId})`;
    return error.status >= 500 ? `${error.message} Try again in a moment${request}.` : error.message;
  }
  return error instanceof Error ? error.message : String(error);
}
