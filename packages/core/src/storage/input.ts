import { GetObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import { Resource } from "sst";
import { hasName, isMissingObject } from "../aws/errors.ts";
import { type ConversionErrorCode, UnparquetError } from "../errors.ts";
import { inputBucket, s3 } from "./buckets.ts";
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

/** What a first look at an input found: its size, or why it cannot be converted. */
export type InputCheck =
  | { ok: true; bytes: number }
  | { ok: false; error: { code: ConversionErrorCode; message: string } };

const refuse = (code: ConversionErrorCode, message: string): InputCheck => ({
  ok: false,
  error: { code, message },
});

/** Bytes of a range, and the whole object's size; nothing for a range of an empty object. */
const readRange = async (input: Input, range: string): Promise<{ bytes: Buffer; size: number }> => {
  try {
    const object = await s3().send(
      new GetObjectCommand({ Bucket: inputBucket(), Key: inputKey(input), Range: `bytes=${range}` }),
    );
    const bytes = Buffer.from((await object.Body?.transformToByteArray()) ?? []);
    const size = Number(object.ContentRange?.split("/")[1] ?? object.ContentLength ?? bytes.length);
    return { bytes, size };
  } catch (error) {
    if (hasName(error, "InvalidRange")) return { bytes: Buffer.alloc(0), size: 0 };
    if (isMissingObject(error)) {
      throw new UnparquetError("input_missing", "The file has not been uploaded, or is no longer there.");
    }
    throw error;
  }
};

/**
 * Looks at the input's size and at both its ends: magic numbers and footer length, as
 * https://parquet.apache.org/docs/file-format/ lays them out. Throws `input_missing`.
 */
export const checkInput = async (input: Input): Promise<InputCheck> => {
  const [head, tail] = await Promise.all([readRange(input, "0-3"), readRange(input, `-${tailBytes}`)]);
  const { size } = tail;
  const { uploadMaxBytes } = Resource.Limits;
  // Presigned URLs of parts do not bind their sizes.
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
  return { ok: true, bytes: size };
};

export const inputExists = async (input: Input): Promise<boolean> => {
  try {
    await s3().send(new HeadObjectCommand({ Bucket: inputBucket(), Key: inputKey(input) }));
    return true;
  } catch (error) {
    if (isMissingObject(error)) return false;
    throw error;
  }
};
