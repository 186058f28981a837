import { outputUrl, presignIndex } from "../storage/output.ts";
import type { AttemptRecord, JobRecord } from "./entity.ts";
import { findAttempts, type VisibleJob } from "./find.ts";
import type { Attempt, Job, JobSummary, Progress, Result, StoredResult } from "./schema.ts";

/** A job as a list shows it. */
export const summarizeJob = (job: VisibleJob): Promise<JobSummary> => summarize(job, viewResult);

async function summarize(job: VisibleJob, view: typeof viewResult): Promise<JobSummary> {
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
    result: job.result ? await view(job, job, job.result) : null,
    error: job.error ?? null,
  };
}

/** A job as the API shows it, with all its attempts. */
export const viewJob = (job: VisibleJob): Promise<Job> => viewWith(viewResult, job, null);

/** The same, with what only a role that may read reports can show: live progress and the addresses of indexes. */
export const viewJobWithReports = (job: VisibleJob, progress: Progress | null): Promise<Job> =>
  viewWith(viewIndexedResult, job, progress);

async function viewWith(view: typeof viewResult, job: VisibleJob, progress: Progress | null): Promise<Job> {
  const [summary, attempts] = await Promise.all([summarize(job, view), findAttempts(job)]);
  return {
    ...summary,
    progress,
    attempts: await Promise.all(attempts.map((attempt) => viewAttempt(job, attempt, view))),
  };
}

async function viewAttempt(
  job: JobRecord,
  attempt: AttemptRecord,
  view: typeof viewResult,
): Promise<Attempt> {
  return {
    attempt: attempt.attempt,
    status: attempt.status,
    lane: attempt.lane ?? null,
    startedAt: attempt.startedAt ?? job.createdAt,
    runningAt: attempt.runningAt ?? null,
    endedAt: attempt.endedAt ?? null,
    runId: attempt.runId ?? null,
    options: attempt.options,
    result: attempt.result ? withoutColumns(await view(job, attempt, attempt.result)) : null,
    error: attempt.error ?? null,
  };
}

const withoutColumns = ({ columns: _, columnsOmitted: __, ...result }: Result) => result;

/** The result of an attempt, with its address. */
export async function viewResult(
  { jobId, filename }: JobRecord,
  { attempt, options }: Pick<AttemptRecord, "attempt" | "options">,
  { indexed: _, ...result }: StoredResult,
): Promise<Result> {
  const url = await outputUrl({ jobId, filename, attempt, options });
  return { ...result, url, indexUrl: null };
}

async function viewIndexedResult(...given: Parameters<typeof viewResult>): Promise<Result> {
  const [{ jobId }, { attempt }, { indexed }] = given;
  const indexUrl = indexed ? await presignIndex({ jobId, attempt }) : null;
  return { ...(await viewResult(...given)), indexUrl };
}
