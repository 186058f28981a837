import { outputUrl } from "../storage/output.ts";
import type { AttemptRecord, JobRecord } from "./entity.ts";
import { findAttempts, type VisibleJob } from "./find.ts";
import type { Attempt, Job, JobSummary, Progress, Result, StoredResult } from "./schema.ts";

/** A job as a list shows it. */
export async function summarizeJob(job: VisibleJob): Promise<JobSummary> {
  return {
    jobId: job.jobId,
    filename: job.filename,
    status: job.status,
    createdAt: job.createdAt,
    updatedAt: job.updatedAt,
    input: { bytes: job.bytes },
    options: job.options,
    attempt: job.attempt,
    startedAt: job.startedAt ?? null,
    endedAt: job.endedAt ?? null,
    progress: null,
    result: job.result ? await viewResult(job, job, job.result) : null,
    error: job.error ?? null,
  };
}

/** A job as the API shows it, with all its attempts. */
export async function viewJob(job: VisibleJob, progress: Progress | null = null): Promise<Job> {
  const [summary, attempts] = await Promise.all([summarizeJob(job), findAttempts(job)]);
  return {
    ...summary,
    progress,
    attempts: await Promise.all(attempts.map((attempt) => viewAttempt(job, attempt))),
  };
}

async function viewAttempt(job: JobRecord, attempt: AttemptRecord): Promise<Attempt> {
  return {
    attempt: attempt.attempt,
    status: attempt.status,
    lane: attempt.lane ?? null,
    startedAt: attempt.startedAt ?? job.createdAt,
    runningAt: attempt.runningAt ?? null,
    endedAt: attempt.endedAt ?? null,
    runId: attempt.runId ?? null,
    options: attempt.options,
    result: attempt.result ? await viewAttemptResult(job, attempt, attempt.result) : null,
    error: attempt.error ?? null,
  };
}

/** The result of an attempt, with its address. */
export async function viewResult(
  { jobId, filename }: JobRecord,
  { attempt, options }: Pick<AttemptRecord, "attempt" | "options">,
  result: StoredResult,
): Promise<Result> {
  return { ...result, url: await outputUrl({ jobId, filename, attempt, options }) };
}

async function viewAttemptResult(
  ...given: Parameters<typeof viewResult>
): Promise<NonNullable<Attempt["result"]>> {
  const { columns: _, columnsOmitted: __, ...result } = await viewResult(...given);
  return result;
}
