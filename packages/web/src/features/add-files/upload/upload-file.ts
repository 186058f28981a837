import type { Options } from "@unparquet/core/conversion/options";
import type { Job } from "@unparquet/core/job/schema";
import type { Upload as Target } from "@unparquet/functions/upload";
import { parseResponse } from "hono/client";
import { api } from "../../../api/client.ts";
import { ApiError } from "../../../api/error.ts";
import { forgetJobs, putJob } from "../../../api/queries.ts";
import { queryClient } from "../../../api/query-client.ts";
import { checkParquet } from "./check-parquet.ts";
import { isForbidden, putBlob, type Transfer } from "./put-blob.ts";
import { withRetries } from "./retry.ts";
import { uploadParts } from "./upload-parts.ts";

/** What is known of an upload, kept across failures and closed tabs so that the next try resumes it. */
export interface UploadSession {
  jobId?: string | undefined;
  /** Where its bytes go. */
  target?: Target | undefined;
  isUploaded?: boolean;
}

export interface FileTransfer extends Transfer {
  readonly file: File;
  readonly options: Partial<Options>;
  session: UploadSession;
}

type OnStep = (step: "checking" | "uploading" | "starting") => void;

const hasCode = (error: unknown, ...codes: string[]): boolean =>
  error instanceof ApiError && codes.includes(error.code);

async function makeJob(transfer: FileTransfer): Promise<string> {
  const { file, session, signal } = transfer;
  await checkParquet(file);
  const json = { filename: file.name, size: file.size };
  // Not aborted on cancel: the job's id is needed to delete the job.
  const { job, upload } = await withRetries(transfer, () => parseResponse(api.upload.$post({ json })));
  session.jobId = job.jobId;
  session.target = upload;
  signal.throwIfAborted();
  return job.jobId;
}

async function sendBytes(jobId: string, target: Target, transfer: FileTransfer): Promise<void> {
  const { file } = transfer;
  try {
    if (target.strategy === "multipart") await uploadParts(file, { jobId, ...target }, transfer);
    else await withRetries(transfer, () => putBlob(target.url, file, transfer, { headers: target.headers }));
  } catch (error) {
    // The parts were put together before, and a lost network or a closed tab kept the answer from us.
    if (!hasCode(error, "wrong_status")) throw error;
  }
}

async function start(jobId: string, transfer: FileTransfer): Promise<Job> {
  const json = { jobId, options: transfer.options };
  const init = { signal: transfer.signal };
  try {
    const trigger = () => api["trigger-job"].$post({ json }, { init });
    return (await withRetries(transfer, () => parseResponse(trigger()))).job;
  } catch (error) {
    if (!hasCode(error, "wrong_status")) throw error;
    // The same here: its conversion has begun, and may have ended by now.
    const status = () => api["job-status"][":jobId"].$get({ param: { jobId } }, { init });
    const { job } = await withRetries(transfer, () => parseResponse(status()));
    if (job.status === "EXPIRED") throw error;
    return job;
  }
}

async function tryOnce(transfer: FileTransfer, onStep: OnStep): Promise<void> {
  const { session } = transfer;
  if (session.jobId === undefined) onStep("checking");
  const jobId = session.jobId ?? (await makeJob(transfer));
  if (session.target !== undefined && !session.isUploaded) {
    onStep("uploading");
    await sendBytes(jobId, session.target, transfer);
    session.isUploaded = true;
  }
  onStep("starting");
  putJob(queryClient, await start(jobId, transfer));
}

const isTooOld = ({ target, isUploaded }: UploadSession) =>
  !isUploaded && target?.strategy === "single" && Date.parse(target.expiresAt) < Date.now();

/** From a chosen file to a queued job: check, make the job, upload, start. Throws RefusedFile, ApiError, PutError. */
export async function uploadFile(transfer: FileTransfer, onStep: OnStep): Promise<void> {
  const { session } = transfer;
  const resumes = session.jobId !== undefined;
  if (!resumes || !isTooOld(session)) {
    try {
      return await tryOnce(transfer, onStep);
    } catch (error) {
      const isOver = resumes && hasCode(error, "job_not_found", "input_missing", "wrong_status");
      // There is no fresh URL for a whole file of the same job.
      if (!isOver && !(isForbidden(error) && session.target?.strategy === "single")) throw error;
    }
  }
  // Nothing more can come of this job. A new one can take the file.
  void abandonUpload(session);
  transfer.session = {};
  transfer.stored = 0;
  await tryOnce(transfer, onStep);
}

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
  forgetJobs(queryClient, new Set([jobId]));
}
