import { UnparquetError } from "../errors.ts";
import { type JobRecord, jobs } from "./entity.ts";
import type { JobStatus } from "./schema.ts";

/** The record as stored, also of a job that is being deleted. */
export const findRecord = async (jobId: string): Promise<JobRecord | null> =>
  (await jobs().get({ jobId }).go({ consistent: true })).data;

export type VisibleJob = JobRecord & { status: JobStatus };

export const isVisible = (job: JobRecord | null): job is VisibleJob =>
  job !== null && job.status !== "DELETING";

/** The job, as far as it exists for a caller: throws `job_not_found`, also when it is being deleted. */
export const visible = (job: JobRecord | null, jobId: string): VisibleJob => {
  if (isVisible(job)) return job;
  throw new UnparquetError("job_not_found", `There is no job ${jobId}.`);
};

/** Throws `job_not_found`. */
export const findJob = async (jobId: string): Promise<VisibleJob> => visible(await findRecord(jobId), jobId);
