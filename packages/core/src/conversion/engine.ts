import type { ErrorCode } from "../errors.ts";
import type { Options } from "./options.ts";

/** A file that the engine reads by range. */
export interface EngineFile {
  size: number;
  /** Returns exactly `length` bytes. */
  read: (offset: number, length: number) => Uint8Array;
}

export type EngineOptions = Partial<Options> & { maxBytes?: number; maxRows?: number };

/** Metadata of a file. Lists have a limited length; `…Omitted` counts the rest. */
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

/** A column, or a nested field that can be selected. */
export interface SchemaItem {
  name: string;
  /** Its name in the option `columns`. */
  path: string;
  type: string;
  parts: SchemaItem[];
}

/** Statistics of a column over all row groups, as far as the file has them. */
export interface ColumnStatistics {
  /** Names from the root to the column. */
  path: string[];
  nulls?: number;
  min?: Bound;
  max?: Bound;
  compressedBytes: number;
  uncompressedBytes: number;
  codecs: string[];
  encodings: string[];
  /** Why this column cannot be converted, if the footer tells: encrypted, an unknown codec, … */
  unreadable?: { code: string; message: string };
}

export interface Bound {
  /** The converted value, with NaN and infinities as strings. */
  json: string;
  /** False if the file has a truncated value, which is still a lower or upper bound. */
  isExact: boolean;
}

/** A part of the table of all rows. `text` limits the text of a cell, in characters. */
export interface TableRange {
  firstRow: number;
  rows: number;
  firstColumn: number;
  columns: number;
  text: number;
}

/** The output of a conversion before compression, as far as the footer tells. */
export interface Estimate {
  /** Exact. */
  rows: number;
  bytes: number;
  /** A lower bound of the actual bytes. */
  minBytes: number;
}

export interface Conversion {
  rows: number;
  bytes: number;
  columns: { name: string; type: string }[];
  columnsOmitted: number;
  /** The first byte of up to 1,000 rows: docs/json.md. */
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

/** Receives the output of a conversion. The bytes are valid only during the call. */
export interface Output {
  write: (bytes: Uint8Array) => void;
  progress?: (rows: number, totalRows: number, bytes: number) => void;
}

/** Exports of the module, specified in glue/crates/unparquet-wasm. */
interface Exports {
  memory: WebAssembly.Memory;
  allocate: (length: number) => number;
  call: (pointer: number, length: number) => void;
  response: () => bigint;
}

type Response = { ok: unknown } | { error: { code: ErrorCode; message: string } };

/** WebAssembly memory never shrinks, so an instance with more than this is discarded. */
const maxKeptMemory = 128 * 1024 ** 2;

/** The longest string in V8, which has the lowest limit. */
const maxText = 2 ** 29 - 24;

/**
 * The engine as a WebAssembly module, for browsers and Node. Calls are synchronous and throw `EngineError`, or the error of
 * `read`, `write` or `progress`.
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

  /** The first rows as JSON: at most `rows`, and none after `bytes` bytes are reached. */
  sample(file: EngineFile, options: EngineOptions, max: { rows: number; bytes: number }): string[] {
    const answer = this.#call(file, { operation: "sample", options, ...max });
    return (answer as { rows: string[] }).rows;
  }

  /** Cells of a part of the table, row by row. Each is JSON, or a prefix of it followed by `…`. */
  table(file: EngineFile, options: EngineOptions, range: TableRange): string[][] {
    const answer = this.#call(file, { operation: "table", options, ...range });
    return (answer as { table: string[][] }).table;
  }

  /** Checks a conversion against the footer alone, and estimates its output. */
  check(file: EngineFile, options: EngineOptions): Estimate {
    return this.#call(file, { operation: "check", options }) as Estimate;
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
    // Errors of the host functions do not unwind through the module, which would leave it in an unknown state.
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
      // A panic leaves its message as the response. Without a message, memory ran out.
    }
    const place = BigInt.asUintN(64, exports.response());
    const answer = new Uint8Array(exports.memory.buffer, Number(place >> 32n), Number(place & 0xffff_ffffn));
    const text = answer.length > maxText ? "" : new TextDecoder().decode(answer);
    if (hasTrapped || exports.memory.buffer.byteLength > maxKeptMemory) this.#exports = undefined;
    if (text !== "") return JSON.parse(text);
    return { error: { code: "out_of_memory", message: "not enough memory to read the file" } };
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
          if (bytes?.length !== length >>> 0) throw new EngineError("input_missing", "the file has changed");
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
