import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { s3 } from "../aws/clients.ts";
import { hasName } from "../aws/errors.ts";
import { inputBucket } from "./buckets.ts";
import { inputKey } from "./keys.ts";

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
