import { UnparquetError } from "./errors.ts";
import { stopRun } from "./glue/runs.ts";
import { findJob, type VisibleJob, visible } from "./job/find.ts";
import { askCancel } from "./job/transitions.ts";

/**
 * Cancels a queued or running job. Repeating the call asks Glue again to stop the run, and is no error once the job is
 * cancelled. `error`: the run could not be stopped yet; the reconciler asks again. Throws `job_not_found` or `wrong_status`.
 */
export async function cancelJob(jobId: string): Promise<{ job: VisibleJob; error?: unknown }> {
  const { job: now } = await askCancel(await findJob(jobId));
  const job = visible(now, jobId);
  if (job.status === "CANCELLED") return { job };
  if (job.status !== "CANCELLING") {
    throw new UnparquetError("wrong_status", `The job is ${job.status}: there is nothing to cancel.`);
  }
  try {
    if (job.runId) await stopRun(job.runId);
    return { job };
  } catch (error) {
    return { job, error };
  }
}
