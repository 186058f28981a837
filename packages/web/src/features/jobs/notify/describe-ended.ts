import type { JobSummary } from "@unparquet/core/job/schema";
import { isMoving } from "../../../api/status.ts";
import { formatBytes, formatRows, isolate } from "../../../components/format.ts";
import { jobDuration } from "../job-duration.ts";
import type { ChangedJob } from "../use-changed-jobs.ts";

/** Milliseconds of the last attempt. Whoever waited no longer was still looking. */
const long = 10_000;
/** More at once become one. */
const most = 3;

export interface Notice {
  title: string;
  body: string;
  /** Of the same tag the browser shows one, whichever tab tells of it. */
  tag: string;
  /** undefined: the list. */
  jobId?: string;
}

const tagOf = ({ jobId, attempt }: JobSummary) => `${jobId}-${attempt}`;

function describeJob(job: JobSummary): Notice {
  const { jobId, filename, result, error } = job;
  return {
    title: `${isolate(filename)} ${result ? "is done" : "failed"}`,
    body: result ? `${formatRows(result.rows)}, ${formatBytes(result.bytes)}` : (error?.message ?? ""),
    tag: tagOf(job),
    jobId,
  };
}

/** What to tell of long jobs that came to their end by themselves. */
export function describeEnded(changes: ChangedJob[]): Notice[] {
  const ended = changes
    .filter(({ before }) => isMoving(before))
    .map(({ job }) => job)
    .filter(
      (job) => (job.status === "SUCCEEDED" || job.status === "FAILED") && (jobDuration(job) ?? 0) >= long,
    );
  if (ended.length <= most) return ended.map(describeJob);
  const failed = ended.filter(({ status }) => status === "FAILED").length;
  return [
    {
      title: `${ended.length} jobs finished`,
      body: failed === 0 ? "All succeeded." : `${failed} failed.`,
      tag: ended.map(tagOf).join(),
    },
  ];
}
