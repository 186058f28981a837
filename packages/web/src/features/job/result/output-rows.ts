import PQueue from "p-queue";
import type { fetchRange } from "./fetch-range.ts";
import { type Output, RowReader } from "./row-reader.ts";

/** A row and the byte at which it starts, both from 0: docs/json.md. */
export type IndexEntry = readonly [row: number, byte: number];

export const pageRows = 100;
const maxReaders = 4;
/** Characters of the pages that are kept because they were passed on the way to another. */
const maxKept = 16_000_000;

interface OpenReader {
  reader: RowReader;
  /** The row that it reads next. */
  next: number;
}

/** The pages of an output's rows, in any order: each is read on from where a reader is, or from the index's entry before it. */
export class OutputRows {
  readonly #output: Output;
  readonly #fetch: typeof fetchRange | undefined;
  readonly #pages = new Map<number, string[]>();
  #kept = 0;
  #readers: OpenReader[] = [];
  /** Pages are mostly read in turn, by one reader. */
  readonly #queue = new PQueue({ concurrency: 1 });

  constructor(output: Output, fetch?: typeof fetchRange) {
    this.#output = output;
    this.#fetch = fetch;
  }

  /** The rows of a page as JSON; fewer where the output ends, or a row is too long to be shown. */
  page(page: number, index: readonly IndexEntry[], signal: AbortSignal): Promise<string[]> {
    return this.#queue.add(() => this.#read(page, index, signal));
  }

  async #read(page: number, index: readonly IndexEntry[], signal: AbortSignal): Promise<string[]> {
    signal.throwIfAborted();
    const kept = this.#pages.get(page);
    if (kept) return kept;
    const open = this.#openBefore(page * pageRows, index);
    for (;;) {
      const at = Math.floor(open.next / pageRows);
      const first = open.next;
      const rows = await open.reader.read((at + 1) * pageRows - first, signal);
      open.next += rows.length;
      if (first === at * pageRows) this.#keep(at, rows);
      if (at === page || open.reader.end !== null) return at === page ? rows : [];
    }
  }

  #openBefore(row: number, index: readonly IndexEntry[]): OpenReader {
    const [first, byte] = index.findLast(([first]) => first <= row) ?? [0, 0];
    const open = this.#readers
      .filter(({ next }) => next >= first && next <= row)
      .sort((a, b) => b.next - a.next)[0] ?? {
      reader: new RowReader(this.#output, byte, this.#fetch),
      next: first,
    };
    this.#readers = [open, ...this.#readers.filter((other) => other !== open)].slice(0, maxReaders);
    return open;
  }

  #keep(page: number, rows: string[]): void {
    this.#pages.set(page, rows);
    this.#kept += lengthOf(rows);
    for (const [oldest, dropped] of this.#pages) {
      if (this.#kept <= maxKept || oldest === page) break;
      this.#pages.delete(oldest);
      this.#kept -= lengthOf(dropped);
    }
  }
}

const lengthOf = (rows: string[]) => rows.reduce((sum, row) => sum + row.length, 0);
