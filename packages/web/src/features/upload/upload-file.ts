import type { Options } from "@unparquet/core/job/options";
import type { Job } from "@unparquet/core/job/schema";
import type { Upload } from "@unparquet/functions/contract/upload";
import { parseResponse } from "hono/client";
import { api } from "../../api/client.ts";
import { ApiError } from "../../api/error.ts";
import { checkParquet } from "./check-parquet.ts";
import { PutError, putBlob } from "./put-blob.ts";
import { withRetries } from "./retry.ts";
import { uploadParts } from "./upload-parts.ts";

/** How far a file has come, kept over a failed try so that the next one goes on from there. */
export interface UploadSession {
  jobId?: string;
  upload?: Upload;
  uploaded?: boolean;
}

export interface UploadSteps {
  signal: AbortSignal;
  onStep: (step: "checking" | "uploading" | "starting") => void;
  /** Bytes of the file that are in the storage. */
  onProgress: (loaded: number) => void;
}

export type UploadFile = (
  file: File,
  options: Partial<Options>,
  session: UploadSession,
  steps: UploadSteps,
) => Promise<Job>;

async function sendBytes(file: File, jobId: string, upload: Upload, { signal, onProgress }: UploadSteps) {
  if (upload.strategy === "multipart") {
    const { partSize, partCount } = upload;
    return uploadParts(file, { jobId, partSize, partCount }, { signal, onProgress });
  }
  const { url, headers } = upload;
  await withRetries(signal, () => putBlob(url, file, { headers, signal, onProgress }));
}

/** From a chosen file to a queued job: check, make the job, upload, start. Throws RefusedFile, ApiError, PutError. */
export const uploadFile: UploadFile = async (file, options, session, steps) => {
  const { signal, onStep } = steps;
  const init = { signal };
  if (session.jobId === undefined) {
    onStep("checking");
    await checkParquet(file);
    const json = { filename: file.name, size: file.size };
    const { job, upload } = await withRetries(signal, () =>
      parseResponse(api.upload.$post({ query: {}, json }, { init })),
    );
    session.jobId = job.jobId;
    if (upload !== undefined) session.upload = upload;
  }
  const { jobId, upload } = session;
  if (upload !== undefined && !session.uploaded) {
    onStep("uploading");
    await sendBytes(file, jobId, upload, steps);
    session.uploaded = true;
  }
  onStep("starting");
  const { job } = await withRetries(signal, () =>
    parseResponse(api["trigger-job"].$post({ json: { jobId, options } }, { init })),
  );
  return job;
};

/** Removes the record of a job whose upload was given up. It would expire by itself: best effort is enough. */
export function abandonUpload({ jobId }: UploadSession): void {
  if (jobId === undefined) return;
  api.jobs[":jobId"].$delete({ param: { jobId } }).catch(() => undefined);
}

/** What happened and what to do, for the person who chose the file. */
export function explainFailure(error: unknown): string {
  if (error instanceof PutError) {
    return error.status === 0
      ? "The connection to the storage broke off. Check your network, then try again."
      : `${error.message} Try again; if it happens again, the storage's permissions need a look.`;
  }
  if (error instanceof ApiError) {
    if (error.code === "unreachable")
      return "The API does not answer. Check that it is running, then try again.";
    const request = error.requestId === undefined ? "" : ` (request ${error.requestId})`;
    return error.status >= 500 ? `${error.message} Try again in a moment${request}.` : error.message;
  }
  return error instanceof Error ? error.message : String(error);
}
