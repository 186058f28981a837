import type { Options } from "@unparquet/core/conversion/options";
import { type Decode, openDecoder } from "../../../components/decode.ts";
import { fetchRange } from "./fetch-range.ts";

/** Bytes of one request. The first rows of most files are in the first. */
const rangeBytes = 128 * 1024;
/** Bytes decoded at a time: a few may stand for a thousand times as many. */
const sliceBytes = 1024;
/** Characters of a row beyond which it is not shown. */
const rowLimit = 4_000_000;
export interface Output extends Pick<Options, "format" | "compression"> {
  url: string;
  /** Of the whole object. */
  bytes: number;
}

/** A row that is too long ends the reading: there is no next one to be found without reading all of it. */
export type ReadingEnd = "all" | "row_too_long" | null;

type Fetch = typeof fetchRange;

/**
 * Reads the rows of a public output by ranges, from its start or the byte of a row, and no further than it is asked to. Both
 * formats have a row on each line; an array's lines begin with `[` or end with `,` or `]`.
 */
export class RowReader {
  readonly #output: Output;
  readonly #fetch: Fetch;
  readonly #text = new TextDecoder();
  #decode: Decode | undefined;
  /** Fetched, and not decoded yet. */
  #fetched: Uint8Array = new Uint8Array();
  #offset: number;
  #rest = "";
  #lines: string[] = [];
  #end: ReadingEnd = null;

  constructor(output: Output, start = 0, fetch: Fetch = fetchRange) {
    this.#output = output;
    this.#offset = start;
    this.#fetch = fetch;
  }

  /** Why there are no more rows to be had; null while there may be. */
  get end(): ReadingEnd {
    return this.#lines.length > 0 ? null : this.#end;
  }

  /** The next rows as JSON, up to `count`; fewer at the end. */
  async read(count: number, signal: AbortSignal): Promise<string[]> {
    while (this.#lines.length < count && this.#end === null) {
      if (this.#fetched.length > 0) this.#decodeMore();
      else if (this.#offset >= this.#output.bytes) this.#finish();
      else await this.#fetchMore(signal);
    }
    return this.#lines.splice(0, count);
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
