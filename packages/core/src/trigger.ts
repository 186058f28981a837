import { UnparquetError } from "./errors.ts";
import type { JobRecord } from "./job/entity.ts";
import { findJob, type VisibleJob, visible } from "./job/find.ts";
import type { Options } from "./job/options.ts";
import { queue, queueAgain, rejectInput } from "./job/transitions.ts";
import { withinQuota } from "./quota.ts";
import { startAttempt } from "./start.ts";
import { checkInput } from "./storage/input.ts";

/** How a job stands after it was asked to run. `accepted`: this call made it run. `problem`: for the log. */
export interface Accepted {
  job: VisibleJob;
  accepted: boolean;
  problem?: unknown;
}

/** Attempts a job may have: its record holds them all, and a record has to stay small. */
const attemptsMax = 100;

const wrongStatus = (job: JobRecord, hint: string) =>
  new UnparquetError("wrong_status", `The job is ${job.status}: ${hint}`);

/** The answer to a trigger that comes late: the job runs already, or cannot be triggered any more. */
const triggeredBefore = (job: VisibleJob): Accepted => {
  switch (job.status) {
    case "QUEUED":
    case "RUNNING":
      return { job, accepted: false };
    case "FAILED":
    case "CANCELLED":
      throw wrongStatus(job, "retry it instead.");
    case "CANCELLING":
      throw wrongStatus(job, "retry it once it is cancelled.");
    default:
      throw wrongStatus(job, "it cannot be triggered.");
  }
};

const start = async (job: JobRecord): Promise<Accepted> => {
  const step = await startAttempt(job);
  return { ...step, job: visible(step.job, job.jobId), accepted: true };
};

/**
 * Runs a job whose file is uploaded. Throws `job_not_found`, `input_missing`, `wrong_status`, `throttled`, or what the file is
 * refused for: then the job is FAILED with the same code.
 */
export const triggerJob = async (jobId: string, given?: Options): Promise<Accepted> => {
  const job = await findJob(jobId);
  if (job.status !== "PENDING_UPLOAD") return triggeredBefore(job);
  const options = given ?? job.options;
  const check = await checkInput(job);
  const outcome = check.ok
    ? await withinQuota(() => queue(job, { bytes: check.bytes, options }))
    : await rejectInput(job, check.error, options);
  if (!outcome.moved) return triggeredBefore(visible(outcome.job, jobId));
  if (!check.ok) throw new UnparquetError(check.error.code, check.error.message);
  return start(outcome.job);
};

/** Runs a FAILED or CANCELLED job as a new attempt. Throws like `triggerJob`, but leaves a job it refuses as it is. */
export const retryJob = async (jobId: string, given?: Options): Promise<Accepted> => {
  const job = await findJob(jobId);
  const hint = "only a failed or cancelled one can be retried.";
  if (job.status !== "FAILED" && job.status !== "CANCELLED") throw wrongStatus(job, hint);
  if (job.attempt >= attemptsMax) {
    throw new UnparquetError("wrong_status", `The job has had ${attemptsMax} attempts. Make a new one.`);
  }
  const check = await checkInput(job);
  if (!check.ok) throw new UnparquetError(check.error.code, check.error.message);
  const input = { bytes: check.bytes, options: given ?? job.options };
  const outcome = await withinQuota(() => queueAgain(job, input));
  if (!outcome.moved) throw wrongStatus(visible(outcome.job, jobId), hint);
  return start(outcome.job);
};
