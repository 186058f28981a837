import { UnparquetError } from "./errors.ts";
import { stopRun } from "./glue/runs.ts";
import { findJob, type VisibleJob, visible } from "./job/find.ts";
import { askCancel, cancelled, currentAttempt } from "./job/transitions.ts";

/** Asks Glue to stop the job's run. Should that fail, the reconciler asks again: the job is CANCELLING all the same. */
const stop = async (job: VisibleJob): Promise<{ job: VisibleJob; problem?: unknown }> => {
  const runId = currentAttempt(job)?.glueRunId;
  try {
    if (runId) await stopRun(runId);
    return { job };
  } catch (problem) {
    return { job, problem };
  }
};

/** Cancels a queued or running job; the same call again asks again. Throws `job_not_found` or `wrong_status`. */
export const cancelJob = async (jobId: string): Promise<{ job: VisibleJob; problem?: unknown }> => {
  let job = await findJob(jobId);
  for (;;) {
    if (job.status === "CANCELLING") return stop(job);
    if (job.status !== "QUEUED" && job.status !== "RUNNING") {
      throw new UnparquetError("wrong_status", `The job is ${job.status}: there is nothing to cancel.`);
    }
    const outcome = job.status === "QUEUED" ? await cancelled(job) : await askCancel(job);
    job = visible(outcome.job, jobId);
    if (outcome.moved) return job.status === "CANCELLED" ? { job } : stop(job);
  }
};
