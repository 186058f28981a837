import { Resource } from "sst";
import { UnparquetError } from "./errors.ts";
import { createJob } from "./job/create.ts";
import { findJob, visible } from "./job/find.ts";
import { createJobId } from "./job/id.ts";
import { recordUpload } from "./job/transitions.ts";
import { inputExists } from "./storage/input.ts";
import { partSizeFor, singleUploadMaxBytes } from "./storage/limits.ts";
import {
  completeMultipartUpload,
  createMultipartUpload,
  listParts,
  presignPart,
  presignUpload,
  putInput,
} from "./storage/upload.ts";

const refuseTooLarge = (size: number): void => {
  const { uploadMaxBytes } = Resource.Limits;
  if (size <= uploadMaxBytes) return;
  throw new UnparquetError("too_large", `A file has at most ${uploadMaxBytes} bytes here, not ${size}.`);
};

/** Makes a job for a file of `size` bytes, and says how the file is uploaded. Throws `too_large`. */
export const beginUpload = async ({ filename, size }: { filename: string; size: number }) => {
  refuseTooLarge(size);
  const jobId = createJobId();
  if (size > singleUploadMaxBytes) {
    const uploadId = await createMultipartUpload({ jobId, filename });
    const job = await createJob({ jobId, filename, bytes: size, uploadId });
    const partSize = partSizeFor(size);
    const upload = {
      strategy: "multipart",
      uploadId,
      partSize,
      partCount: Math.ceil(size / partSize),
    } as const;
    return { job, upload };
  }
  const job = await createJob({ jobId, filename, bytes: size });
  const { url, expiresAt } = await presignUpload({ jobId, filename }, size);
  return { job, upload: { strategy: "single", method: "PUT", url, headers: {}, expiresAt } as const };
};

/**
 * Makes a job with the file's bytes at hand. The object comes first: a record without one would promise an upload. Throws
 * `too_large`.
 */
export const uploadDirectly = async (filename: string, body: Uint8Array) => {
  refuseTooLarge(body.byteLength);
  const jobId = createJobId();
  await putInput({ jobId, filename }, body);
  return createJob({ jobId, filename, bytes: body.byteLength });
};

/** A job whose file may still be uploaded. Throws `job_not_found` or `wrong_status`. */
const findPending = async (jobId: string) => {
  const job = await findJob(jobId);
  if (job.status !== "PENDING_UPLOAD") {
    throw new UnparquetError("wrong_status", `The job is ${job.status}: its upload is over.`);
  }
  return job;
};

const uploadGone = () =>
  new UnparquetError("input_missing", "The multipart upload has expired or was given up. Make a new job.");

/** Fresh URLs for `count` parts starting at `from`, and those of them that are uploaded already. */
export const uploadParts = async (jobId: string, from: number, count: number) => {
  const { filename, bytes, uploadId } = await findPending(jobId);
  if (!uploadId) {
    throw new UnparquetError("wrong_status", "The job has no multipart upload, or it is complete.");
  }
  const upload = { jobId, filename, uploadId };
  const uploaded = await listParts(upload, from, count);
  if (!uploaded) throw uploadGone();
  const partCount = Math.ceil(bytes / partSizeFor(bytes));
  const length = Math.max(0, Math.min(count, partCount - from + 1));
  const parts = await Promise.all(
    Array.from({ length }, async (_, index) => {
      const partNumber = from + index;
      return { partNumber, url: await presignPart(upload, partNumber) };
    }),
  );
  return { parts, uploaded };
};

/** Puts the uploaded parts together. Once that is done, the same call again changes nothing. */
export const completeUpload = async (jobId: string, parts: { partNumber: number; etag: string }[]) => {
  const job = await findPending(jobId);
  const { filename, uploadId } = job;
  if (!uploadId) {
    if (await inputExists(job)) return job;
    throw new UnparquetError(
      "wrong_status",
      "The job has no multipart upload: its file is uploaded by one PUT.",
    );
  }
  const completed = await completeMultipartUpload({ jobId, filename, uploadId }, parts);
  if (completed === "bad_parts") {
    throw new UnparquetError(
      "invalid_request",
      "parts: are not those that were uploaded, or one but the last is smaller than S3 allows (5 MiB).",
    );
  }
  // An earlier call may have completed it and then been cut off before it could say so.
  if (completed === "no_such_upload" && !(await inputExists(job))) throw uploadGone();
  return visible((await recordUpload(job)).job, jobId);
};
