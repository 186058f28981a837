import { Resource } from "sst";
import { partCountMax, partSizeFor, singleUploadMaxBytes } from "../deployment.ts";
import { UnparquetError } from "../errors.ts";
import {
  completeMultipartUpload,
  createMultipartUpload,
  inputSize,
  listParts,
  presignPart,
  presignUpload,
  putInput,
} from "../storage/input.ts";
import { createJob } from "./jobs.ts";
import { findJob, type JobRecord, visible } from "./record.ts";
import { createJobId } from "./schema.ts";
import { setUploadId } from "./transitions.ts";

function refuseTooLarge(size: number): void {
  const { uploadMaxBytes } = Resource.Limits;
  if (size <= uploadMaxBytes) return;
  throw new UnparquetError(
    "too_large",
    `The file has ${size} bytes, more than the ${uploadMaxBytes} allowed here.`,
  );
}

/** A file to be uploaded. `caller`: the address its upload is counted for. */
interface NewUpload {
  filename: string;
  caller?: string | undefined;
}

/** Creates a job for a file of `size` bytes, with how to upload the file. Throws `too_large` or `throttled`. */
export async function beginUpload({ filename, size, caller }: NewUpload & { size: number }) {
  refuseTooLarge(size);
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
    job: visible(now, jobId),
    upload: { strategy: "multipart", uploadId, partSize, partCount } as const,
  };
}

/**
 * Creates a job with the file's bytes at hand. The record comes first, so there is never an object without one. Throws
 * `too_large` or `throttled`.
 */
export async function uploadDirectly({ filename, caller }: NewUpload, body: Uint8Array): Promise<JobRecord> {
  refuseTooLarge(body.byteLength);
  const jobId = createJobId();
  const job = await createJob({ jobId, filename, bytes: body.byteLength, caller });
  await putInput({ jobId, filename }, body);
  return job;
}

function partsOf(size: number) {
  const partSize = partSizeFor(size);
  const partCount = Math.ceil(size / partSize);
  const sizeOf = (partNumber: number) =>
    partNumber < partCount ? partSize : size - partSize * (partCount - 1);
  return { partSize, partCount, sizeOf };
}

/** A job whose file may still be uploaded. Throws `job_not_found` or `wrong_status`. */
async function findPending(jobId: string) {
  const job = await findJob(jobId);
  if (job.status !== "PENDING_UPLOAD") {
    throw new UnparquetError("wrong_status", `The job is ${job.status}: its upload is over.`);
  }
  return job;
}

const uploadGone = () =>
  new UnparquetError(
    "input_missing",
    "The multipart upload has expired or was given up. Create a new job for the file.",
  );

/** Fresh URLs for `count` parts starting at `from`, and those of them that are uploaded already. */
export async function uploadParts(jobId: string, from: number, count: number) {
  const { filename, bytes, uploadId } = await findPending(jobId);
  if (!uploadId) {
    throw new UnparquetError("wrong_status", "The job has no multipart upload, or it is complete.");
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

interface Part {
  partNumber: number;
  etag: string;
}

/** Throws `input_missing`, naming the first part that is missing or is not what was uploaded. */
function requireAllParts(job: JobRecord, given: Part[], uploaded: (Part & { size: number })[]): void {
  const { partCount, sizeOf } = partsOf(job.bytes);
  const etags = new Map(given.map(({ partNumber, etag }) => [partNumber, etag]));
  const stored = new Map(uploaded.map((part) => [part.partNumber, part]));
  const unquoted = (etag = "") => etag.replaceAll('"', "");
  for (let number = 1; number <= partCount; number += 1) {
    const problem = () => {
      const part = stored.get(number);
      if (!part) return "has not been uploaded";
      if (!etags.has(number)) return "is missing from `parts`";
      if (part.size !== sizeOf(number)) return `has ${part.size} bytes instead of ${sizeOf(number)}`;
      if (unquoted(part.etag) !== unquoted(etags.get(number))) return "has another ETag than the one given";
      return undefined;
    };
    const found = problem();
    if (found) throw new UnparquetError("input_missing", `Part ${number} of ${partCount} ${found}.`);
  }
  const extra = given.find(({ partNumber }) => partNumber > partCount);
  if (extra) {
    throw new UnparquetError(
      "input_missing",
      `There is no part ${extra.partNumber}: the file has ${partCount}.`,
    );
  }
}

/** Completes a multipart upload. Once that is done, repeating the call changes nothing. */
export async function completeUpload(jobId: string, parts: Part[]) {
  const job = await findPending(jobId);
  const { filename, uploadId } = job;
  if (!uploadId) {
    if ((await inputSize(job)) !== null) return job;
    throw new UnparquetError(
      "wrong_status",
      "The job has no multipart upload: its file is uploaded by one PUT.",
    );
  }
  const upload = { jobId, filename, uploadId };
  const uploaded = await listParts(upload, 1, partCountMax);
  if (uploaded) requireAllParts(job, parts, uploaded);
  const completed = uploaded ? await completeMultipartUpload(upload, parts) : "no_such_upload";
  if (completed === "bad_parts") {
    throw new UnparquetError(
      "input_missing",
      "A part was uploaded again meanwhile. List the parts and try again.",
    );
  }
  // An earlier call may have completed the upload and been cut off before it could record that.
  if (completed === "no_such_upload" && (await inputSize(job)) !== job.bytes) throw uploadGone();
  return visible((await setUploadId(job, undefined)).job, jobId);
}
