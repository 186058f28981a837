import { Resource } from "sst";
import { partCountMax, partSizeFor, singleUploadMaxBytes } from "../deployment.ts";
import { UnparquetError } from "../errors.ts";
import {
  completeMultipartUpload,
  createMultipartUpload,
  inputSize,
  listParts,
  type Part,
  presignPart,
  presignUpload,
  putInput,
  type UploadedPart,
} from "../storage/input.ts";
import { createJob } from "./jobs.ts";
import { findJob, type JobRecord, wrongStatus } from "./record.ts";
import { createJobId } from "./schema.ts";
import { setUploadId } from "./transitions.ts";

function rejectTooLarge(size: number): void {
  const { uploadMaxBytes } = Resource.Limits;
  if (size <= uploadMaxBytes) return;
  throw new UnparquetError("too_large", `The file has ${size} bytes; the limit is ${uploadMaxBytes}.`);
}

/** A file to upload. `caller` is the address that the upload is counted for. */
export interface NewUpload {
  filename: string;
  caller?: string | undefined;
}

/** Creates a job for a file of `size` bytes and tells how to upload it. Throws `too_large` or `throttled`. */
export async function beginUpload({ filename, size, caller }: NewUpload & { size: number }) {
  rejectTooLarge(size);
  const jobId = createJobId();
  const job = await createJob({ jobId, filename, bytes: size, caller });
  if (size <= singleUploadMaxBytes) {
    const { url, expiresAt } = await presignUpload({ jobId, filename }, size);
    return { job, upload: { strategy: "single", method: "PUT", url, headers: {}, expiresAt } as const };
  }
  const uploadId = await createMultipartUpload({ jobId, filename });
  const { job: now } = await setUploadId(job, uploadId);
  const { partSize, partCount } = partsOf(size);
  return {
    job: now,
    upload: { strategy: "multipart", uploadId, partSize, partCount } as const,
  };
}

/**
 * Creates a job and uploads its file. The record is written first, so that no object is without one. Throws `too_large` or
 * `throttled`.
 */
export async function uploadDirectly(
  { filename, caller }: NewUpload,
  body: Uint8Array,
): Promise<{ job: JobRecord; etag: string | undefined }> {
  rejectTooLarge(body.byteLength);
  const jobId = createJobId();
  const job = await createJob({ jobId, filename, bytes: body.byteLength, caller });
  return { job, etag: await putInput({ jobId, filename }, body) };
}

function partsOf(size: number) {
  const partSize = partSizeFor(size);
  const partCount = Math.ceil(size / partSize);
  const sizeOf = (partNumber: number) =>
    partNumber < partCount ? partSize : size - partSize * (partCount - 1);
  return { partSize, partCount, sizeOf };
}

/** Finds a job that still accepts its file. Throws `job_not_found` or `wrong_status`. */
async function findPending(jobId: string) {
  const job = await findJob(jobId);
  if (job.status !== "PENDING_UPLOAD") throw wrongStatus(job, "it no longer accepts an upload.");
  return job;
}

function uploadGone(): UnparquetError {
  return new UnparquetError(
    "input_missing",
    "The multipart upload has expired or was aborted. Create a new job for the file.",
  );
}

/** New URLs for `count` parts starting at `from`, and which of them are already uploaded. */
export async function uploadParts(jobId: string, from: number, count: number) {
  const { filename, bytes, uploadId } = await findPending(jobId);
  if (!uploadId) {
    throw new UnparquetError("wrong_status", "The job has no multipart upload, or the upload is complete.");
  }
  const upload = { jobId, filename, uploadId };
  const uploaded = await listParts(upload, from, count);
  if (!uploaded) throw uploadGone();
  const { partCount, sizeOf } = partsOf(bytes);
  const length = Math.max(0, Math.min(count, partCount - from + 1));
  const parts = await Promise.all(
    Array.from({ length }, async (_, index) => {
      const partNumber = from + index;
      return { partNumber, url: await presignPart(upload, partNumber, sizeOf(partNumber)) };
    }),
  );
  return { parts, uploaded };
}

/** Throws `input_missing` with the number of the first part that is missing or differs from the uploaded one. */
function requireAllParts(job: JobRecord, given: Part[], uploaded: UploadedPart[]): void {
  const { partCount, sizeOf } = partsOf(job.bytes);
  const etags = new Map(given.map(({ partNumber, etag }) => [partNumber, etag]));
  const stored = new Map(uploaded.map((part) => [part.partNumber, part]));
  const unquoted = (etag = "") => etag.replaceAll('"', "");
  for (let number = 1; number <= partCount; number += 1) {
    const findError = () => {
      const part = stored.get(number);
      if (!part) return "has not been uploaded";
      if (!etags.has(number)) return "is missing from `parts`";
      if (part.size !== sizeOf(number)) return `has ${part.size} bytes instead of ${sizeOf(number)}`;
      if (unquoted(part.etag) !== unquoted(etags.get(number)))
        return "has an ETag other than the one in `parts`";
      return undefined;
    };
    const error = findError();
    if (error) throw new UnparquetError("input_missing", `Part ${number} of ${partCount} ${error}.`);
  }
  const extra = given.find(({ partNumber }) => partNumber > partCount);
  if (extra) {
    throw new UnparquetError(
      "input_missing",
      `There is no part ${extra.partNumber}: the file has ${partCount}.`,
    );
  }
}

/** Completes a multipart upload. Idempotent. */
export async function completeUpload(jobId: string, parts: Part[]) {
  const job = await findPending(jobId);
  const { filename, uploadId } = job;
  if (!uploadId) {
    if ((await inputSize(job)) !== null) return job;
    throw new UnparquetError(
      "wrong_status",
      "The job has no multipart upload. Upload its file with a single PUT.",
    );
  }
  const upload = { jobId, filename, uploadId };
  const uploaded = await listParts(upload, 1, partCountMax);
  if (uploaded) requireAllParts(job, parts, uploaded);
  const completed = uploaded ? await completeMultipartUpload(upload, parts) : "no_such_upload";
  if (completed === "bad_parts") {
    throw new UnparquetError(
      "input_missing",
      "A part was uploaded again in the meantime. List the parts and try again.",
    );
  }
  // An earlier call may have completed the upload and crashed before it could record that.
  if (completed === "no_such_upload" && (await inputSize(job)) !== job.bytes) throw uploadGone();
  return (await setUploadId(job, undefined)).job;
}
