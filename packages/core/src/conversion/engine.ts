import type { ErrorCode } from "../errors.ts";
import type { Options } from "./options.ts";

/** A file that the engine reads by ranges. */
export interface EngineFile {
  size: number;
  /** Returns exactly `length` bytes. */
  read: (offset: number, length: number) => Uint8Array;
}

export type EngineOptions = Partial<Options> & { maxBytes?: number; maxRows?: number };

/** What a file says of itself. Lists are of bounded length; `…Omitted` counts what was left out. */
export interface Inspection {
  bytes: number;
  rows: number;
  rowGroups: { rows: number; compressedBytes: number; uncompressedBytes: number }[];
  rowGroupsOmitted: number;
  compressedBytes: number;
  uncompressedBytes: number;
  codecs: string[];
  encodings: string[];
  createdBy?: string;
  keyValues: { key: string; value: string; bytes: number }[];
  keyValuesOmitted: number;
  columns: SchemaItem[];
  columnsOmitted: number;
  statistics: ColumnStatistics[];
  statisticsOmitted: number;
}

/** A column, or a part of one that can be chosen. */
export interface SchemaItem {
  name: string;
  /** What the option `columns` calls it. */
  path: string;
  type: string;
  parts: SchemaItem[];
}

/** A column's statistics over all row groups, as far as the file has them. */
export interface ColumnStatistics {
  /** Names on the way from the root, as the file has them. */
  path: string[];
  nulls?: number;
  min?: Bound;
  max?: Bound;
  compressedBytes: number;
  uncompressedBytes: number;
  codecs: string[];
  encodings: string[];
  /** The error of a conversion of this column, if the footer tells: it is encrypted, its codec is not known, … */
  unreadable?: { code: string; message: string };
}

export interface Bound {
  /** The value as it is converted, with NaN and infinities as strings. */
  json: string;
  /** False where the file has it shortened: no value is below this minimum, or above this maximum. */
  isExact: boolean;
}

/** A part of the table of all rows. `text` is the longest text of a cell, in characters. */
export interface TableRange {
  firstRow: number;
  rows: number;
  firstColumn: number;
  columns: number;
  text: number;
}

export interface Conversion {
  rows: number;
  bytes: number;
  columns: { name: string; type: string }[];
  columnsOmitted: number;
  /** At most 1,000 rows, and the byte where the text of each begins: docs/json.md. */
  index: [row: number, byte: number][];
}

/** An error that the engine reports. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Where a conversion's output goes. The bytes are valid during the call only. */
export interface Output {
  write: (bytes: Uint8Array) => void;
  progress?: (rows: number, totalRows: number, bytes: number) => void;
}

/** Exports of the module; their contract is in glue/crates/unparquet-wasm. */
interface Exports {
  memory: WebAssembly.Memory;
  allocate: (length: number) => number;
  call: (pointer: number, length: number) => void;
  response: () => bigint;
}

type Response = { ok: unknown } | { error: { code: ErrorCode; message: string } };

/** An instance never gives memory back, so one with more bytes than this is not used again. */
const maxKeptMemory = 128 * 1024 ** 2;

/** Longest string in V8, whose limit is the lowest. */
const maxText = 2 ** 29 - 24;

/**
 * Calls the engine, a WebAssembly module, in browsers and in Node. Calls are synchronous. They throw `EngineError`, and
 * what `read`, `write` or `progress` throw.
 */
export class Engine {
  readonly #module: WebAssembly.Module;
  #exports: Exports | undefined;
  #file: EngineFile | undefined;
  #output: Output | undefined;
  #thrown: { error: unknown } | undefined;

  constructor(module: WebAssembly.Module) {
    this.#module = module;
  }

  inspect(file: EngineFile): Inspection {
    return this.#call(file, { operation: "inspect" }) as Inspection;
  }

  /** The first rows, each as JSON: at most `rows`, and no further than the one with which they have `bytes` bytes. */
  sample(file: EngineFile, options: EngineOptions, max: { rows: number; bytes: number }): string[] {
    const answer = this.#call(file, { operation: "sample", options, ...max });
    return (answer as { rows: string[] }).rows;
  }

  /** Cells of a part of the table, row by row. Each is JSON, or the beginning of it and `…`. */
  table(file: EngineFile, options: EngineOptions, range: TableRange): string[][] {
    const answer = this.#call(file, { operation: "table", options, ...range });
    return (answer as { table: string[][] }).table;
  }

  /** Predicts the rows and bytes of the uncompressed output. */
  predict(file: EngineFile, options: EngineOptions): { rows: number; bytes: number } {
    return this.#call(file, { operation: "predict", options }) as { rows: number; bytes: number };
  }

  convert(file: EngineFile, options: EngineOptions, output: Output): Conversion {
    return this.#call(file, { operation: "convert", options }, output) as Conversion;
  }

  #call(file: EngineFile, request: object, output?: Output): unknown {
    this.#file = file;
    this.#output = output;
    this.#thrown = undefined;
    this.#exports ??= this.#instantiate();
    const response = this.#respond(this.#exports, JSON.stringify({ ...request, size: file.size }));
    // What the host's functions throw does not pass through the module, which would leave it in an unknown state.
    if (this.#thrown) throw (this.#thrown as { error: unknown }).error;
    if ("error" in response) throw new EngineError(response.error.code, response.error.message);
    return response.ok;
  }

  #respond(exports: Exports, request: string): Response {
    const bytes = new TextEncoder().encode(request);
    let hasTrapped = true;
    try {
      const pointer = exports.allocate(bytes.length) >>> 0;
      new Uint8Array(exports.memory.buffer, pointer, bytes.length).set(bytes);
      exports.call(pointer, bytes.length);
      hasTrapped = false;
    } catch {
      // A panic has left its message as the response; without one there was no memory left.
    }
    const place = BigInt.asUintN(64, exports.response());
    const answer = new Uint8Array(exports.memory.buffer, Number(place >> 32n), Number(place & 0xffff_ffffn));
    const text = answer.length > maxText ? "" : new TextDecoder().decode(answer);
    if (hasTrapped || exports.memory.buffer.byteLength > maxKeptMemory) this.#exports = undefined;
    if (text !== "") return JSON.parse(text);
    return { error: { code: "out_of_memory", message: "there is not enough memory to read the file" } };
  }

  #instantiate(): Exports {
    const attempt = (act: () => void): number => {
      try {
        act();
        return 0;
      } catch (error) {
        this.#thrown = { error };
        return 1;
      }
    };
    const bytesAt = (pointer: number, length: number) =>
      new Uint8Array(exports.memory.buffer, pointer >>> 0, length >>> 0);
    const host = {
      read: (offset: bigint, pointer: number, length: number) =>
        attempt(() => {
          const bytes = this.#file?.read(Number(offset), length >>> 0);
          if (bytes?.length !== length >>> 0) throw new EngineError("input_missing", "the file was changed");
          bytesAt(pointer, length).set(bytes);
        }),
      write: (pointer: number, length: number) =>
        attempt(() => this.#output?.write(bytesAt(pointer, length))),
      progress: (rows: bigint, totalRows: bigint, bytes: bigint) =>
        attempt(() => this.#output?.progress?.(Number(rows), Number(totalRows), Number(bytes))),
    };
    const { exports } = new WebAssembly.Instance(this.#module, { host }) as unknown as { exports: Exports };
    return exports;
  }
}
