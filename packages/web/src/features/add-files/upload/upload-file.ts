import type { Options } from "@unparquet/core/conversion/options";
import type { Job } from "@unparquet/core/job/schema";
import type { Upload } from "@unparquet/functions/upload";
import { parseResponse } from "hono/client";
import { api } from "../../../api/client.ts";
import { ApiError } from "../../../api/error.ts";
import { checkParquet } from "./check-parquet.ts";
import { PutError, putBlob } from "./put-blob.ts";
import { putSlots } from "./put-slots.ts";
import { withRetries } from "./retry.ts";
import type { Transfer } from "./transfer.ts";
import { uploadParts } from "./upload-parts.ts";

/** State of an upload, kept across failures and closed tabs so that the next try resumes it. */
export interface UploadSession {
  jobId?: string;
  upload?: Upload;
  uploaded?: boolean;
}

export interface UploadSteps extends Transfer {
  /** What comes next. Whatever the steps before it brought is in the session. */
  onStep: (step: "checking" | "uploading" | "starting") => void;
}

export type UploadFile = (
  file: File,
  options: Partial<Options>,
  session: UploadSession,
  steps: UploadSteps,
) => Promise<Job>;

const hasCode = (error: unknown, ...codes: string[]): boolean =>
  error instanceof ApiError && codes.includes(error.code);

type Single = Extract<Upload, { strategy: "single" }>;

/** The URL for a whole file ran out. It cannot be had again for the same job, as those of parts can. */
class UrlRanOut extends Error {
  override readonly name = "UrlRanOut";
}

async function makeJob(file: File, session: UploadSession, steps: UploadSteps): Promise<string> {
  steps.onStep("checking");
  await checkParquet(file);
  const json = { filename: file.name, size: file.size };
  // Not aborted on cancel: the job's id is needed to delete the job.
  const { job, upload } = await withRetries(steps, () => parseResponse(api.upload.$post({ json })));
  session.jobId = job.jobId;
  if (upload !== undefined) session.upload = upload;
  steps.signal.throwIfAborted();
  return job.jobId;
}

async function sendWhole(file: File, upload: Single, { signal, priority, ...steps }: UploadSteps) {
  const { url, headers, expiresAt } = upload;
  let sent = 0;
  let before = 0;
  const onProgress = (loaded: number) => {
    sent += Math.max(0, loaded - before);
    before = loaded;
    steps.onProgress({ stored: 0, loaded, sent });
  };
  const put = async () => {
    if (Date.parse(expiresAt) < Date.now()) throw new UrlRanOut();
    try {
      return await putBlob(url, file, { headers, signal, onProgress });
    } catch (error) {
      // The storage's clock counts, and this machine's may be slow.
      if (error instanceof PutError && error.status === 403) throw new UrlRanOut("", { cause: error });
      throw error;
    }
  };
  await withRetries({ ...steps, signal }, () => putSlots.add(put, { signal, priority }));
}

async function sendBytes(file: File, jobId: string, upload: Upload, steps: UploadSteps) {
  if (upload.strategy === "single") return sendWhole(file, upload, steps);
  try {
    await uploadParts(file, { jobId, partSize: upload.partSize, partCount: upload.partCount }, steps);
  } catch (error) {
    // The parts were put together before, and a lost network or a closed tab kept the answer from us.
    if (!hasCode(error, "wrong_status")) throw error;
  }
}

async function start(jobId: string, options: Partial<Options>, steps: UploadSteps): Promise<Job> {
  const init = { signal: steps.signal };
  try {
    const trigger = () => api["trigger-job"].$post({ json: { jobId, options } }, { init });
    return (await withRetries(steps, () => parseResponse(trigger()))).job;
  } catch (error) {
    if (!hasCode(error, "wrong_status")) throw error;
    // The same here: its conversion has begun, and may have ended by now.
    const status = () => api["job-status"][":jobId"].$get({ param: { jobId } }, { init });
    const { job } = await withRetries(steps, () => parseResponse(status()));
    if (job.status === "EXPIRED") throw error;
    return job;
  }
}

/** From a chosen file to a queued job: check, make the job, upload, start. Throws RefusedFile, ApiError, PutError. */
export const uploadFile: UploadFile = async (file, options, session, steps) => {
  for (let isAgain = false; ; isAgain = true) {
    const goesOn = session.jobId !== undefined;
    const jobId = session.jobId ?? (await makeJob(file, session, steps));
    try {
      if (session.upload !== undefined && !session.uploaded) {
        steps.onStep("uploading");
        await sendBytes(file, jobId, session.upload, steps);
        session.uploaded = true;
      }
      steps.onStep("starting");
      return await start(jobId, options, steps);
    } catch (error) {
      const over = goesOn && hasCode(error, "job_not_found", "input_missing", "wrong_status");
      const ranOut = error instanceof UrlRanOut;
      // A fresh URL is refused as well: it is not its age.
      if (ranOut && isAgain && error.cause) throw error.cause;
      if (!over && !ranOut) throw error;
      // Nothing more can come of this job. A new one can take the file.
      void abandonUpload({ jobId });
      delete session.jobId;
      delete session.upload;
      delete session.uploaded;
    }
  }
};

const forever = { signal: new AbortController().signal, onTrouble: () => undefined };

/** Removes the job of an upload that was given up, and its parts. It would expire by itself: best effort is enough. */
export async function abandonUpload({ jobId }: UploadSession): Promise<void> {
  if (jobId === undefined) return;
  const param = { jobId };
  try {
    await withRetries(forever, () => api.jobs[":jobId"].$delete({ param }));
  } catch (error) {
    // The call that started it had gone through.
    if (hasCode(error, "wrong_status"))
      await api.jobs[":jobId"].cancel.$post({ param }).catch(() => undefined);
  }
}

/** What happened and what to do, for the person who chose the file. */
export function explainFailure(error: unknown): string {
  if (error instanceof PutError)
    return `${error.message} Try again. If it keeps failing, check the bucket's permissions.`;
  if (error instanceof ApiError) {
    const request = error.requestId === undefined ? "" : ` (request ${error.requestId})`;
    return error.status >= 500 ? `${error.message} Try again in a moment${request}.` : error.message;
  }
  return error instanceof Error ? error.message : String(error);
}
