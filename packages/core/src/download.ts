import { UnparquetError } from "./errors.ts";
import { findAttempts, findJob } from "./job/find.ts";
import type { Result } from "./job/schema.ts";
import { viewResult } from "./job/view.ts";

/**
 * The result of an attempt, or of the latest attempt that succeeded. Throws `job_not_found`, or `not_ready` when there is no
 * such result.
 */
export async function findResult(jobId: string, attempt?: number): Promise<Result> {
  const job = await findJob(jobId);
  const current = attempt === undefined || attempt === job.attempt;
  if (current && job.result) return viewResult(job, job, job.result);
  const attempts = await findAttempts(job);
  const found = attempts.findLast((one) => one.result && (attempt === undefined || one.attempt === attempt));
  if (found?.result) return viewResult(job, found, found.result);
  if (attempt === undefined) {
    throw new UnparquetError(
      "not_ready",
      `The job is ${job.status}${job.error ? `: ${job.error.message}` : "."}`,
    );
  }
  throw new UnparquetError("not_ready", `The job has no result of attempt ${attempt}.`);
}
