import { randomId } from "@mantine/hooks";
import { createAtom } from "@tanstack/react-store";
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
const prefix = "unparquet.upload.2.";

function localStorage(): Storage | undefined {
  try {
    return window.localStorage;
  } catch {
    // The browser forbids it: a closed tab is the end of its uploads.
    return undefined;
  }
}

/**
 * The uploads of this browser that are not through, in its local storage. An upload whose tab is closed waits here for
 * its file: no page may read a file again that was chosen in another.
 */
export class UploadJournal {
  /** Uploads that wait for their file. */
  readonly waiting = createAtom<readonly JournalEntry[]>([]);
  readonly #storage = localStorage();
  readonly #tab = randomId("unparquet-tab-");
  /** The other tabs that were heard of, and whether they are closed. */
  readonly #closed = new Map<string, boolean>();

  constructor() {
    // A tab holds the lock of its name as long as it lives.
    navigator.locks?.request(this.#tab, () => new Promise(() => undefined));
    window.addEventListener("storage", () => this.#refresh());
    this.#refresh();
  }

  write(entry: Omit<JournalEntry, "tab">): void {
    try {
      this.#storage?.setItem(prefix + entry.id, JSON.stringify({ ...entry, tab: this.#tab }));
    } catch {
      // The storage is full. The upload itself does not need it.
    }
  }

  erase(id: string): void {
    this.#storage?.removeItem(prefix + id);
    this.waiting.set((entries) => entries.filter((entry) => entry.id !== id));
  }

  /** The upload that waits for this very file. */
  find({ name, size, lastModified }: File): JournalEntry | undefined {
    return this.waiting
      .get()
      .find((entry) => entry.filename === name && entry.size === size && entry.lastModified === lastModified);
  }

  /** The upload that waits for this very file, which is the caller's from now on. */
  claim(file: File): JournalEntry | undefined {
    const found = this.find(file);
    if (!found) return undefined;
    this.waiting.set((entries) => entries.filter((entry) => entry !== found));
    // Another tab may have been faster, and the news of it still be on their way.
    if (this.#read(prefix + found.id)?.tab !== found.tab) return undefined;
    this.write(found);
    return found;
  }

  #refresh(): void {
    const others = Object.keys(this.#storage ?? {})
      .filter((key) => key.startsWith(prefix))
      .flatMap((key) => this.#read(key) ?? [])
      .filter(({ tab }) => tab !== this.#tab)
      .sort((a, b) => a.filename.localeCompare(b.filename));
    for (const { tab } of others) {
      if (this.#closed.has(tab)) continue;
      // Where there are no locks, no other tab is taken to be alive.
      this.#closed.set(tab, !navigator.locks);
      navigator.locks?.request(tab, { mode: "shared" }, () => {
        this.#closed.set(tab, true);
        this.#refresh();
      });
    }
    this.waiting.set(others.filter(({ tab }) => this.#closed.get(tab)));
  }

  #read(key: string): JournalEntry | undefined {
    const text = this.#storage?.getItem(key) ?? null;
    return text === null ? undefined : JSON.parse(text);
  }
}
