import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { Resource } from "sst";
import { lazy } from "../aws.ts";
import { Engine, EngineError, type EngineFile } from "../conversion/engine.ts";
import type { Options } from "../conversion/options.ts";
import type { ConversionError } from "../conversion/reports.ts";
import { footerMaxBytes } from "../deployment.ts";
import { ConversionErrorCode, UnparquetError } from "../errors.ts";
import { type InputEnds, readEnds, readFrom } from "../storage/input.ts";
import type { Input } from "../storage/keys.ts";

const magic = "PAR1";
/** Replaces `PAR1` in a file with an encrypted footer: https://parquet.apache.org/docs/file-format/data-pages/encryption/ */
const encryptedMagic = "PARE";
/** The footer length in four bytes, and the magic. */
const endBytes = 8;
const smallestFile = magic.length + endBytes + 1;

/**
 * The size and version of a file and the predicted bytes of its uncompressed output (null if the footer is too large to check),
 * or the error that the conversion would end with, and whether other options could avoid it.
 */
export type FirstLook =
  | { ok: true; bytes: number; etag: string | undefined; predictedBytes: number | null }
  | { ok: false; error: ConversionError; isOptionError: boolean };

function reject(code: ConversionErrorCode, message: string): FirstLook {
  return { ok: false, error: { code, message }, isOptionError: false };
}

/** Checks an uploaded file for errors that a conversion with these options would end with. Throws `input_missing`. */
export async function lookAt(input: Input, options: Options): Promise<FirstLook> {
  const ends = await readEnds(input);
  return look(ends, options, (offset) => readFrom(input, offset, ends.etag));
}

/** Checks a file in memory like `lookAt`. */
export function lookAtBytes(bytes: Uint8Array, options: Options): Promise<FirstLook> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const ends = { size: file.length, etag: undefined, head: file.subarray(0, 4), tail: file };
  return look(ends, options, async (offset) => file.subarray(offset));
}

type ReadFrom = (offset: number) => Promise<Buffer>;

async function look(ends: InputEnds, options: Options, readFrom: ReadFrom): Promise<FirstLook> {
  const { size, head, tail } = ends;
  const { uploadMaxBytes } = Resource.Limits;
  if (size > uploadMaxBytes) {
    return reject("limit_exceeded", `The file has ${size} bytes; the limit is ${uploadMaxBytes}.`);
  }
  if (size < smallestFile) {
    return reject("not_parquet", `The file has ${size} bytes, too few for a Parquet file.`);
  }
  const end = tail.toString("latin1", tail.length - magic.length);
  if (end === encryptedMagic) return reject("encrypted_file", "The footer of the file is encrypted.");
  if (head.toString("latin1") !== magic) {
    return reject("not_parquet", `The file does not begin with ${magic}.`);
  }
  if (end !== magic) {
    return reject(
      "not_parquet",
      `The file does not end with ${magic}: it is truncated or not a Parquet file.`,
    );
  }
  const footer = tail.readUInt32LE(tail.length - endBytes);
  const room = size - magic.length - endBytes;
  if (footer === 0 || footer > room) {
    return reject(
      "corrupt_file",
      `The footer claims to have ${footer} bytes, but the file has room for ${room}.`,
    );
  }
  const accepted = { ok: true, bytes: size, etag: ends.etag } as const;
  if (footer > footerMaxBytes) return { ...accepted, predictedBytes: null };
  return check(await withFooter(ends, footer + endBytes, readFrom), options, accepted);
}

/** The file for the engine, which reads only its head and footer. */
async function withFooter(ends: InputEnds, bytes: number, readFrom: ReadFrom): Promise<EngineFile> {
  const { size, head } = ends;
  const tail = ends.tail.length >= bytes ? ends.tail : await readFrom(size - bytes);
  const start = size - tail.length;
  return {
    size,
    read: (offset, length) => {
      if (offset >= start) return tail.subarray(offset - start, offset - start + length);
      if (offset + length <= head.length) return head.subarray(offset, offset + length);
      throw new Error(`The engine read ${length} bytes at ${offset}, before the footer at ${start}`);
    },
  };
}

const engine = lazy(async () => {
  // Deployed beside the bundle.
  const deployed = path.join(process.env.LAMBDA_TASK_ROOT ?? import.meta.dirname, "unparquet.wasm");
  const source = path.join(import.meta.dirname, "../../../../glue/wasm/unparquet.wasm");
  return new Engine(await WebAssembly.compile(await readFile(existsSync(deployed) ? deployed : source)));
});

async function check(
  file: EngineFile,
  options: Options,
  accepted: { ok: true; bytes: number; etag: string | undefined },
): Promise<FirstLook> {
  const { outputMaxBytes: maxBytes, outputMaxRows: maxRows } = Resource.Limits;
  const loaded = await engine();
  try {
    const { bytes } = loaded.check(file, { ...options, maxBytes, maxRows });
    return { ...accepted, predictedBytes: bytes };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const code = ConversionErrorCode.safeParse(error.code).data;
    if (code === undefined) throw new UnparquetError(error.code, error.message);
    // A run has more memory than this function.
    if (code === "out_of_memory") return { ...accepted, predictedBytes: null };
    return { ok: false, error: { code, message: error.message }, isOptionError: isReadable(loaded, file) };
  }
}

/** Whether the footer can be read, so that other options could avoid an error. */
function isReadable(loaded: Engine, file: EngineFile): boolean {
  try {
    loaded.inspect(file);
    return true;
  } catch {
    return false;
  }
}
