import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { inputBucket, s3 } from "../aws.ts";
import { hasName, isMissingObject, UnparquetError } from "../errors.ts";
import { type Input, inputKey } from "./keys.ts";
import { abortUpload } from "./objects.ts";

interface Range {
  bytes: Buffer;
  /** Size of the whole object. */
  size: number;
  etag: string | undefined;
}

/** Reads a range; an empty object has no bytes. Throws `input_missing`. */
async function readRange(input: Input, range: string): Promise<Range> {
  try {
    const object = await s3().send(new GetObjectCommand({ ...objectOf(input), Range: `bytes=${range}` }));
    const bytes = Buffer.from((await object.Body?.transformToByteArray()) ?? []);
    const size = Number(object.ContentRange?.split("/")[1] ?? object.ContentLength ?? bytes.length);
    return { bytes, size, etag: object.ETag };
  } catch (error) {
    if (hasName(error, "InvalidRange")) return { bytes: Buffer.alloc(0), size: 0, etag: undefined };
    if (isMissingObject(error)) {
      throw new UnparquetError("input_missing", "The file has not been uploaded, or has been deleted.");
    }
    throw error;
  }
}

/** Both ends of one version of a file. A small file's `tail` is all of it. */
export interface InputEnds {
  size: number;
  etag: string | undefined;
  head: Buffer;
  tail: Buffer;
}

function replacedError(): UnparquetError {
  return new UnparquetError(
    "input_missing",
    "The file is being uploaded again. Try again when the upload is complete.",
  );
}

/** Holds the footer of most files. */
const tailBytes = 64 * 1024;

/** Reads both ends of the input. Throws `input_missing`. */
export async function readEnds(input: Input): Promise<InputEnds> {
  const [head, tail] = await Promise.all([readRange(input, "0-3"), readRange(input, `-${tailBytes}`)]);
  if (head.etag !== tail.etag && tail.size > 0) throw replacedError();
  return { size: tail.size, etag: tail.etag, head: head.bytes, tail: tail.bytes };
}

/** Reads this version of the input from `offset` to its end. Throws `input_missing`. */
export async function readFrom(input: Input, offset: number, etag: string | undefined): Promise<Buffer> {
  const range = await readRange(input, `${offset}-`);
  if (range.etag !== etag) throw replacedError();
  return range.bytes;
}

/** Size of the input in bytes, or null if there is none. */
export async function inputSize(input: Input): Promise<number | null> {
  try {
    const { ContentLength = 0 } = await s3().send(new HeadObjectCommand(objectOf(input)));
    return ContentLength;
  } catch (error) {
    if (isMissingObject(error)) return null;
    throw error;
  }
}

/** Validity of presigned URLs, in seconds. */
const expiresIn = 3600;

type MultipartUpload = Input & { uploadId: string };

function objectOf(input: Input) {
  return { Bucket: inputBucket(), Key: inputKey(input) };
}

function uploadOf(upload: MultipartUpload) {
  return { ...objectOf(upload), UploadId: upload.uploadId };
}

/** Presigns a PUT of exactly `size` bytes. */
export async function presignUpload(input: Input, size: number): Promise<{ url: string; expiresAt: string }> {
  const expiresAt = new Date(Date.now() + expiresIn * 1000).toISOString();
  const command = new PutObjectCommand({ ...objectOf(input), ContentLength: size });
  return { url: await getSignedUrl(s3(), command, { expiresIn }), expiresAt };
}

/** Presigns the upload of a part of exactly `size` bytes. */
export function presignPart(upload: MultipartUpload, partNumber: number, size: number): Promise<string> {
  return getSignedUrl(
    s3(),
    new UploadPartCommand({ ...uploadOf(upload), PartNumber: partNumber, ContentLength: size }),
    { expiresIn },
  );
}

/** Uploads a file. Returns its ETag. */
export async function putInput(input: Input, body: Uint8Array): Promise<string | undefined> {
  const { ETag } = await s3().send(new PutObjectCommand({ ...objectOf(input), Body: body }));
  return ETag;
}

export async function createMultipartUpload(input: Input): Promise<string> {
  const { UploadId } = await s3().send(new CreateMultipartUploadCommand(objectOf(input)));
  if (!UploadId) throw new Error("S3 returned no id for a multipart upload");
  return UploadId;
}

export interface Part {
  partNumber: number;
  etag: string;
}

export interface UploadedPart extends Part {
  size: number;
}

/** Lists the uploaded parts `from` to `from + count - 1`. Null if there is no such upload. */
export async function listParts(
  upload: MultipartUpload,
  from: number,
  count: number,
): Promise<UploadedPart[] | null> {
  const found: UploadedPart[] = [];
  const end = from + count;
  let marker = String(from - 1);
  try {
    for (;;) {
      // S3 lists up to 1,000 parts at once.
      const page = { ...uploadOf(upload), PartNumberMarker: marker, MaxParts: Math.min(1000, count) };
      const { Parts = [], IsTruncated, NextPartNumberMarker } = await s3().send(new ListPartsCommand(page));
      for (const { PartNumber: partNumber = 0, ETag: etag = "", Size: size = 0 } of Parts) {
        if (partNumber >= end) return found;
        if (partNumber >= from) found.push({ partNumber, etag, size });
      }
      // The SDK's paginator only checks the marker and never ends, because S3 sends one with the last page too:
      // https://github.com/aws/aws-sdk-go-v2/pull/1100
      if (!IsTruncated || !NextPartNumberMarker) return found;
      marker = NextPartNumberMarker;
    }
  } catch (error) {
    if (hasName(error, "NoSuchUpload")) return null;
    throw error;
  }
}

/** `no_such_upload`: already completed or aborted. `bad_parts`: they differ from the uploaded parts. */
export async function completeMultipartUpload(
  upload: MultipartUpload,
  parts: Part[],
): Promise<"completed" | "no_such_upload" | "bad_parts"> {
  const inOrder = parts.toSorted((a, b) => a.partNumber - b.partNumber);
  try {
    await s3().send(
      new CompleteMultipartUploadCommand({
        ...uploadOf(upload),
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
}

/** Aborts a multipart upload, if it still exists. */
export function abortMultipartUpload(upload: MultipartUpload): Promise<void> {
  return abortUpload(uploadOf(upload));
}
