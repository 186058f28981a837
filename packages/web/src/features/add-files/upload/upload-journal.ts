import type { Options } from "@unparquet/core/conversion/options";
import type { UploadSession } from "./upload-file.ts";

/** An upload as it is written down, so that another visit can go on with it. */
export interface JournalEntry {
  readonly id: string;
  /** The visit that has its file. */
  readonly tab: string;
  readonly filename: string;
  readonly size: number;
  readonly lastModified: number;
  readonly options: Partial<Options>;
  readonly session: UploadSession;
  /** Bytes that are in the storage for good. */
  readonly stored: number;
}

/** The number is the form's: what another form wrote is not read. */
const prefix = "unparquet.upload.1.";

/** Calls back once the tab of that name is closed, or at once when there is none: a tab holds the lock of its name. */
export type WhenClosed = (tab: string, callback: () => void) => void;

const isSameFile = (entry: JournalEntry, file: File): boolean =>
  entry.filename === file.name && entry.size === file.size && entry.lastModified === file.lastModified;

/**
 * The uploads of this browser that are not through, in its local storage. An upload whose tab is closed waits here for
 * its file: no page may read a file again that was chosen in another.
 */
export class UploadJournal {
  /** None where the browser forbids it: then a closed tab is the end of its uploads. */
  readonly #storage: Storage | undefined;
  readonly #tab: string;
  readonly #whenClosed: WhenClosed;
  readonly #closed = new Set<string>();
  readonly #asked = new Set<string>();
  readonly #listeners = new Set<() => void>();
  #waiting: readonly JournalEntry[] = [];

  constructor(storage: Storage | undefined, tab: string, whenClosed: WhenClosed) {
    this.#storage = storage;
    this.#tab = tab;
    this.#whenClosed = whenClosed;
    this.refresh();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Uploads that wait for their file. The same array until something changes. */
  readonly getSnapshot = (): readonly JournalEntry[] => this.#waiting;

  /** Only uploads of this tab are written. */
  write(entry: Omit<JournalEntry, "tab">): void {
    try {
      this.#storage?.setItem(prefix + entry.id, JSON.stringify({ ...entry, tab: this.#tab }));
    } catch {
      // The storage is full. The upload itself does not need it.
    }
  }

  erase(id: string): void {
    this.#storage?.removeItem(prefix + id);
    this.#leaveOut(id);
  }

  /** The upload that waits for this very file. */
  find(file: File): JournalEntry | undefined {
    return this.#waiting.find((candidate) => isSameFile(candidate, file));
  }

  /** The upload that waits for this very file, which is the caller's from now on. */
  claim(file: File): JournalEntry | undefined {
    const entry = this.find(file);
    if (!entry) return undefined;
    this.#leaveOut(entry.id);
    // Another tab may have been faster, and the news of it still be on their way.
    if (this.#entry(prefix + entry.id)?.tab !== entry.tab) return undefined;
    this.write(entry);
    return entry;
  }

  /** Looks at the storage again: another tab may have written to it. */
  readonly refresh = (): void => {
    const foreign = this.#read().filter(({ tab }) => tab !== this.#tab);
    for (const { tab } of foreign) this.#ask(tab);
    this.#publish(foreign.filter(({ tab }) => this.#closed.has(tab)));
  };

  #leaveOut(id: string): void {
    if (this.#waiting.some((entry) => entry.id === id)) {
      this.#publish(this.#waiting.filter((entry) => entry.id !== id));
    }
  }

  #publish(waiting: readonly JournalEntry[]): void {
    this.#waiting = waiting;
    for (const listener of this.#listeners) listener();
  }

  #ask(tab: string): void {
    if (this.#asked.has(tab)) return;
    this.#asked.add(tab);
    this.#whenClosed(tab, () => {
      this.#closed.add(tab);
      this.refresh();
    });
  }

  #entry(key: string): JournalEntry | undefined {
    const text = this.#storage?.getItem(key) ?? null;
    return text === null ? undefined : (JSON.parse(text) as JournalEntry);
  }

  #read(): JournalEntry[] {
    return Object.keys(this.#storage ?? {})
      .filter((key) => key.startsWith(prefix))
      .flatMap((key) => this.#entry(key) ?? [])
      .sort((a, b) => a.filename.localeCompare(b.filename));
  }
}
