import { UnparquetError } from "./errors.ts";
import type { JobRecord } from "./job/entity.ts";
import { findJob, type VisibleJob, visible } from "./job/find.ts";
import type { Options } from "./job/options.ts";
import { queue, queueAgain, rejectInput } from "./job/transitions.ts";
import { startAttempt } from "./start.ts";
import { checkInput } from "./storage/input.ts";

/** A job that was asked to run. `accepted`: this call made it run. `error`: for the log; the start will be tried again. */
export interface TriggerResult {
  job: VisibleJob;
  accepted: boolean;
  error?: unknown;
}

/** Attempts a job may have. */
const attemptsMax = 100;

const wrongStatus = (job: JobRecord, hint: string) =>
  new UnparquetError("wrong_status", `The job is ${job.status}: ${hint}`);

/** The answer to a trigger that comes late: the job runs already, or cannot be triggered any more. */
function triggeredBefore(job: VisibleJob): TriggerResult {
  switch (job.status) {
    case "QUEUED":
    case "RUNNING":
      return { job, accepted: false };
    case "SUCCEEDED":
    case "FAILED":
    case "CANCELLED":
      throw wrongStatus(job, "retry it instead.");
    case "CANCELLING":
      throw wrongStatus(job, "retry it once it is cancelled.");
    default:
      throw wrongStatus(job, "it cannot be triggered.");
  }
}

async function start(job: JobRecord): Promise<TriggerResult> {
  const step = await startAttempt(job);
  return { ...step, job: visible(step.job, job.jobId), accepted: true };
}

/**
 * Runs a job whose file is uploaded. Throws `job_not_found`, `input_missing`, `wrong_status`, `throttled`, or the code the file
 * is refused with: then the job is FAILED with the same code.
 */
export async function triggerJob(jobId: string, given?: Options): Promise<TriggerResult> {
  const job = await findJob(jobId);
  if (job.status !== "PENDING_UPLOAD") return triggeredBefore(job);
  const options = given ?? job.options;
  const check = await checkInput(job);
  const { applied, job: now } = check.ok
    ? await queue(job, { bytes: check.bytes, etag: check.etag, options })
    : await rejectInput(job, check.error, options);
  if (!applied) return triggeredBefore(visible(now, jobId));
  if (!check.ok) throw new UnparquetError(check.error.code, check.error.message);
  return start(now);
}

/**
 * Converts an ended job again, as a new attempt; earlier results stay. Throws like `triggerJob`, but leaves a job whose file it
 * refuses as it is.
 */
export async function retryJob(jobId: string, given?: Options): Promise<TriggerResult> {
  const job = await findJob(jobId);
  const hint = "only one that succeeded, failed or was cancelled can be converted again.";
  if (job.status !== "SUCCEEDED" && job.status !== "FAILED" && job.status !== "CANCELLED") {
    throw wrongStatus(job, hint);
  }
  if (job.attempt >= attemptsMax) {
    throw new UnparquetError("wrong_status", `The job has had ${attemptsMax} attempts. Create a new one.`);
  }
  const check = await checkInput(job);
  if (!check.ok) throw new UnparquetError(check.error.code, check.error.message);
  const input = { bytes: check.bytes, etag: check.etag, options: given ?? job.options };
  const { applied, job: now } = await queueAgain(job, input);
  if (!applied) throw wrongStatus(visible(now, jobId), hint);
  return start(now);
}
