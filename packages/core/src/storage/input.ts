import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { Resource } from "sst";
import { inputBucket, s3 } from "../aws.ts";
import { type ConversionErrorCode, hasName, isMissingObject, UnparquetError } from "../errors.ts";
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

/** How long a presigned URL is valid, in seconds. */
const expiresIn = 3600;

interface Input {
  jobId: string;
  filename: string;
}
type Multipart = Input & { uploadId: string };

const at = (input: Input) => ({ Bucket: inputBucket(), Key: inputKey(input) });
const atUpload = (upload: Multipart) => ({ ...at(upload), UploadId: upload.uploadId });

/** A URL that takes exactly `size` bytes by one PUT. */
export const presignUpload = async (
  input: Input,
  size: number,
): Promise<{ url: string; expiresAt: string }> => {
  const expiresAt = new Date(Date.now() + expiresIn * 1000).toISOString();
  const command = new PutObjectCommand({ ...at(input), ContentLength: size });
  return { url: await getSignedUrl(s3(), command, { expiresIn }), expiresAt };
};

/** A URL that takes exactly `size` bytes as a part. */
export const presignPart = (upload: Multipart, partNumber: number, size: number): Promise<string> =>
  getSignedUrl(
    s3(),
    new UploadPartCommand({ ...atUpload(upload), PartNumber: partNumber, ContentLength: size }),
    { expiresIn },
  );

export const putInput = async (input: Input, body: Uint8Array): Promise<void> => {
  await s3().send(new PutObjectCommand({ ...at(input), Body: body }));
};

export const createMultipartUpload = async (input: Input): Promise<string> => {
  const { UploadId } = await s3().send(new CreateMultipartUploadCommand(at(input)));
  if (!UploadId) throw new Error("S3 began a multipart upload without an id");
  return UploadId;
};

export interface UploadedPart {
  partNumber: number;
  etag: string;
  size: number;
}

/** Uploaded parts with the numbers `from` to `from + count - 1`; null when there is no such upload. */
export const listParts = async (
  upload: Multipart,
  from: number,
  count: number,
): Promise<UploadedPart[] | null> => {
  const found: UploadedPart[] = [];
  const end = from + count;
  let marker = String(from - 1);
  try {
    for (;;) {
      // S3 lists up to 1,000 parts at once.
      const page = { ...atUpload(upload), PartNumberMarker: marker, MaxParts: Math.min(1000, count) };
      const { Parts = [], IsTruncated, NextPartNumberMarker } = await s3().send(new ListPartsCommand(page));
      for (const { PartNumber: partNumber = 0, ETag: etag = "", Size: size = 0 } of Parts) {
        if (partNumber >= end) return found;
        if (partNumber >= from) found.push({ partNumber, etag, size });
      }
      // The SDK's paginator looks at the marker alone and never ends: S3 sends one, often "0", with the last page too.
      // https://github.com/aws/aws-sdk-go-v2/pull/1100
      if (!IsTruncated || !NextPartNumberMarker) return found;
      marker = NextPartNumberMarker;
    }
  } catch (error) {
    if (hasName(error, "NoSuchUpload")) return null;
    throw error;
  }
};

/** Puts the parts together. `no_such_upload`: it was completed or aborted before. `bad_parts`: they are not those uploaded. */
export const completeMultipartUpload = async (
  upload: Multipart,
  parts: { partNumber: number; etag: string }[],
): Promise<"completed" | "no_such_upload" | "bad_parts"> => {
  const inOrder = parts.toSorted((a, b) => a.partNumber - b.partNumber);
  try {
    await s3().send(
      new CompleteMultipartUploadCommand({
        ...atUpload(upload),
        MultipartUpload: {
          Parts: inOrder.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: etag })),
        },
      }),
    );
    return "completed";
  } catch (error) {
    if (hasName(error, "NoSuchUpload")) return "no_such_upload";
    if (hasName(error, "InvalidPart", "InvalidPartOrder", "EntityTooSmall")) return "bad_parts";
    throw error;
  }
};

/** Gives up a multipart upload and what was uploaded of it, if it is still there. */
export const abortMultipartUpload = async (upload: Multipart): Promise<void> => {
  try {
    await s3().send(new AbortMultipartUploadCommand(atUpload(upload)));
  } catch (error) {
    if (!hasName(error, "NoSuchUpload")) throw error;
  }
};
