import { outputUrl } from "../storage/output.ts";
import type { AttemptRecord } from "./entity.ts";
import type { VisibleJob } from "./find.ts";
import type { Attempt, Job, Progress } from "./schema.ts";

const attemptView = (entry: AttemptRecord): Attempt => ({
  attempt: entry.attempt,
  status: entry.status,
  startedAt: entry.startedAt,
  runningAt: entry.runningAt ?? null,
  endedAt: entry.endedAt ?? null,
  glueRunId: entry.glueRunId ?? null,
  error: entry.error ?? null,
});

/** A job as the API shows it. */
export const viewJob = async (job: VisibleJob, progress: Progress | null = null): Promise<Job> => ({
  jobId: job.jobId,
  filename: job.filename,
  status: job.status,
  createdAt: job.createdAt,
  updatedAt: job.updatedAt,
  input: { bytes: job.bytes },
  options: job.options,
  attempt: job.attempt,
  attempts: job.attempts.map(attemptView),
  progress,
  result: job.result ? { ...job.result, url: await outputUrl(job) } : null,
  error: job.error ?? null,
});
