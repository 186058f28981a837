import { UnparquetError } from "../errors.ts";
import { type AttemptRecord, attempts, type JobRecord } from "./entity.ts";
import { findRecord } from "./record.ts";
import type { JobStatus } from "./schema.ts";
import { currentAttempt } from "./transitions.ts";

export type VisibleJob = JobRecord & { status: JobStatus };

export function isVisible(job: JobRecord | null): job is VisibleJob {
  return job !== null && job.status !== "DELETING";
}

/** The job, as far as it exists for a caller: throws `job_not_found`, also when it is being deleted. */
export function visible(job: JobRecord | null, jobId: string): VisibleJob {
  if (isVisible(job)) return job;
  throw new UnparquetError("job_not_found", `There is no job ${jobId}.`);
}

/** Throws `job_not_found`. */
export async function findJob(jobId: string): Promise<VisibleJob> {
  return visible(await findRecord(jobId), jobId);
}

/** Every attempt of a job, oldest first. */
export async function findAttempts(job: JobRecord): Promise<AttemptRecord[]> {
  const current = currentAttempt(job);
  const earlier =
    job.attempt > 1
      ? (await attempts().query.attempts({ jobId: job.jobId }).go({ consistent: true, pages: "all" })).data
      : [];
  // The record may be older than the items: then the current attempt is among those already.
  const before = earlier.filter(({ attempt }) => attempt < job.attempt);
  return current ? [...before, current] : before;
}
