import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { hasName } from "../aws/errors.ts";
import { inputBucket, s3 } from "./buckets.ts";
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

export const presignPart = (upload: Multipart, partNumber: number): Promise<string> =>
  getSignedUrl(s3(), new UploadPartCommand({ ...atUpload(upload), PartNumber: partNumber }), { expiresIn });

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

/** Parts already uploaded with numbers from `from` on, at most `count` numbers; null: there is no such upload (any more). */
export const listParts = async (
  upload: Multipart,
  from: number,
  count: number,
): Promise<UploadedPart[] | null> => {
  try {
    const { Parts = [] } = await s3().send(
      new ListPartsCommand({ ...atUpload(upload), PartNumberMarker: String(from - 1), MaxParts: count }),
    );
    return Parts.flatMap(({ PartNumber: partNumber = 0, ETag: etag = "", Size: size = 0 }) =>
      partNumber >= from && partNumber < from + count ? [{ partNumber, etag, size }] : [],
    );
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
