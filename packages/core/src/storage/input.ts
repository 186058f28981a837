import { GetObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import { Resource } from "sst";
import { s3 } from "../aws/clients.ts";
import { hasName, isMissingObject } from "../aws/errors.ts";
import { type ConversionErrorCode, UnparquetError } from "../errors.ts";
import { inputBucket } from "./buckets.ts";
import { inputKey } from "./keys.ts";

const magic = "PAR1";
/** Instead of `PAR1` where the footer is encrypted: https://parquet.apache.org/docs/file-format/data-pages/encryption/ */
const encryptedMagic = "PARE";
/** Four bytes of magic, a footer, its length in four bytes, and the magic again. */
const tailBytes = 8;
const smallestFile = magic.length + tailBytes + 1;

interface Input {
  jobId: string;
  filename: string;
}

/** What a first look at an input found: its size and version, or why it cannot be converted. */
export type InputCheck =
  | { ok: true; bytes: number; etag: string | undefined }
  | { ok: false; error: { code: ConversionErrorCode; message: string } };

const refuse = (code: ConversionErrorCode, message: string): InputCheck => ({
  ok: false,
  error: { code, message },
});

interface Range {
  bytes: Buffer;
  /** Of the whole object. */
  size: number;
  etag: string | undefined;
}

/** Bytes of a range; none of an empty object. Throws `input_missing`. */
async function readRange(input: Input, range: string): Promise<Range> {
  try {
    const object = await s3().send(
      new GetObjectCommand({ Bucket: inputBucket(), Key: inputKey(input), Range: `bytes=${range}` }),
    );
    const bytes = Buffer.from((await object.Body?.transformToByteArray()) ?? []);
    const size = Number(object.ContentRange?.split("/")[1] ?? object.ContentLength ?? bytes.length);
    return { bytes, size, etag: object.ETag };
  } catch (error) {
    if (hasName(error, "InvalidRange")) return { bytes: Buffer.alloc(0), size: 0, etag: undefined };
    if (isMissingObject(error)) {
      throw new UnparquetError("input_missing", "The file has not been uploaded, or is no longer there.");
    }
    throw error;
  }
}

/** Both ends of one version of the input. Throws `input_missing`. */
async function readEnds(input: Input): Promise<{ head: Range; tail: Range }> {
  const [head, tail] = await Promise.all([readRange(input, "0-3"), readRange(input, `-${tailBytes}`)]);
  if (head.etag === tail.etag || tail.size === 0) return { head, tail };
  throw new UnparquetError("input_missing", "The file is being uploaded again. Try once that is done.");
}

/**
 * Checks the size and both ends of the input: magic numbers and footer length, as
 * https://parquet.apache.org/docs/file-format/ defines them. Throws `input_missing`.
 */
export async function checkInput(input: Input): Promise<InputCheck> {
  const { head, tail } = await readEnds(input);
  const { size, etag } = tail;
  const { uploadMaxBytes } = Resource.Limits;
  if (size > uploadMaxBytes) {
    return refuse(
      "limit_exceeded",
      `The file has ${size} bytes, more than the ${uploadMaxBytes} allowed here.`,
    );
  }
  if (size < smallestFile) {
    return refuse("not_parquet", `The file has ${size} bytes, too few for a Parquet file.`);
  }
  const start = head.bytes.toString("latin1");
  const end = tail.bytes.toString("latin1", 4);
  if (end === encryptedMagic) return refuse("encrypted_file", "The file's footer is encrypted.");
  if (start !== magic) return refuse("not_parquet", `The file does not begin with ${magic}.`);
  if (end !== magic) {
    return refuse("not_parquet", `The file does not end with ${magic}: it is cut off, or not Parquet.`);
  }
  const footer = tail.bytes.readUInt32LE(0);
  const room = size - magic.length - tailBytes;
  if (footer === 0 || footer > room) {
    return refuse("corrupt_file", `The footer claims ${footer} bytes where the file has room for ${room}.`);
  }
  return { ok: true, bytes: size, etag };
}

/** Size of the input in bytes; null when there is none. */
export async function inputSize(input: Input): Promise<number | null> {
  try {
    const { ContentLength = 0 } = await s3().send(
      new HeadObjectCommand({ Bucket: inputBucket(), Key: inputKey(input) }),
    );
    return ContentLength;
  } catch (error) {
    if (isMissingObject(error)) return null;
    throw error;
  }
}
