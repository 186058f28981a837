import type { Options } from "@unparquet/core/conversion/options";
import { type Decode, openDecoder } from "./decode.ts";
import { fetchRange } from "./fetch-range.ts";
import { type Json, parseJson } from "./json.ts";

/** Bytes of one request. The first rows of most files are in the first. */
const rangeBytes = 128 * 1024;
/** Bytes decoded at a time: a few may stand for a thousand times as many. */
const sliceBytes = 1024;
/** Characters of a row beyond which it is not shown. */
const rowLimit = 4_000_000;
/** Bytes one call reads at most, however few rows they hold. */
const callBytes = 8 * 1024 * 1024;

export interface Output extends Pick<Options, "format" | "compression"> {
  url: string;
  /** Of the whole object. */
  bytes: number;
}

/** A row that is too long ends the reading: there is no next one to be found without reading all of it. */
export type ReadingEnd = "all" | "row_too_long" | null;

type Fetch = typeof fetchRange;

/**
 * Reads the rows of a public output from its start, by ranges, and no further than it is asked to. Both formats have a
 * row on each line; an array's lines begin with `[` or end with `,` or `]`.
 */
export class RowReader {
  readonly #output: Output;
  readonly #fetch: Fetch;
  readonly #text = new TextDecoder();
  #decode: Decode | undefined;
  /** Fetched, and not decoded yet. */
  #fetched: Uint8Array = new Uint8Array();
  #offset = 0;
  #rest = "";
  #lines: string[] = [];
  #end: ReadingEnd = null;
  #rowsRead = 0;

  constructor(output: Output, fetch: Fetch = fetchRange) {
    this.#output = output;
    this.#fetch = fetch;
  }

  /** Bytes of the object that have been fetched. */
  get bytesRead(): number {
    return this.#offset;
  }

  get rowsRead(): number {
    return this.#rowsRead;
  }

  /** Why there are no more rows to be had; null while there may be. */
  get end(): ReadingEnd {
    return this.#lines.length > 0 ? null : this.#end;
  }

  /** The next rows, up to `count`; fewer at the end, or where rows are so long that enough was read. */
  async read(count: number, signal: AbortSignal): Promise<Json[]> {
    const enough = this.#offset + callBytes;
    while (this.#lines.length < count && this.#end === null) {
      if (this.#fetched.length === 0) {
        if (this.#offset >= this.#output.bytes) this.#finish();
        else if (this.#offset >= enough) break;
        else await this.#fetchMore(signal);
      } else {
        this.#decodeMore();
      }
    }
    const rows = this.#lines.splice(0, count).map(parseJson);
    this.#rowsRead += rows.length;
    return rows;
  }

  async #fetchMore(signal: AbortSignal): Promise<void> {
    this.#decode ??= await openDecoder(this.#output.compression);
    const to = Math.min(this.#offset + rangeBytes, this.#output.bytes);
    this.#fetched = await this.#fetch(this.#output.url, this.#offset, to, signal);
    this.#offset = to;
  }

  #decodeMore(): void {
    const slice = this.#fetched.subarray(0, sliceBytes);
    this.#fetched = this.#fetched.subarray(sliceBytes);
    for (const chunk of this.#decode?.(slice) ?? []) this.#take(this.#text.decode(chunk, { stream: true }));
  }

  #take(text: string): void {
    const [first = "", ...others] = text.split("\n");
    this.#rest += first;
    for (const line of others) {
      this.#takeLine(this.#rest);
      this.#rest = line;
    }
    if (this.#rest.length > rowLimit) {
      this.#rest = "";
      this.#end = "row_too_long";
    }
  }

  #takeLine(line: string): void {
    const row = this.#output.format === "json" ? line.replace(/^\[/, "").replace(/[,\]]$/, "") : line;
    if (row !== "") this.#lines.push(row);
  }

  #finish(): void {
    this.#takeLine(this.#rest);
    this.#rest = "";
    this.#end = "all";
  }
}
