import type { JobSummary } from "@unparquet/core/job/schema";
import { isMoving } from "../../api/status.ts";
import { formatCount } from "../../components/format.ts";
import { isBad, type Upload } from "../add-files/upload/upload-queue.ts";
import { shareOf } from "../add-files/upload/upload-words.ts";
import type { FinishedJob } from "./bundle.ts";

interface Failure {
  id: string;
  filename: string;
  jobId: string | undefined;
  reason: string;
}

export interface BatchSummary {
  /** Of upload and conversion, which count as much as each other, by the files' sizes; between 0 and 1. */
  share: number;
  isDone: boolean;
  /** "12 of 60 uploaded", "8 converting", "2 failed" */
  counts: string[];
  failures: Failure[];
  /** In the order in which the files were added. */
  results: FinishedJob[];
}

/** Sums up files that were added together. Files whose jobs were deleted no longer count. */
export function summarizeBatch(
  batch: readonly Upload[],
  jobs: ReadonlyMap<string, JobSummary>,
): BatchSummary {
  const failures: Failure[] = [];
  const results: FinishedJob[] = [];
  let files = 0;
  let uploaded = 0;
  let isUploading = false;
  let converting = 0;
  let stopped = 0;
  let size = 0;
  let bytes = 0;

  for (const upload of batch) {
    const { id, file, phase } = upload;
    const { jobId } = upload.session;
    const isStarted = phase === "started";
    const job = jobId === undefined ? undefined : jobs.get(jobId);
    if (isStarted && job === undefined) continue;
    files += 1;
    size += 2 * file.size;
    if (isBad(upload)) {
      bytes += 2 * file.size;
      failures.push({ id, filename: file.name, jobId: job?.jobId, reason: upload.reason ?? "" });
      continue;
    }
    if (!isStarted || job === undefined) {
      isUploading = true;
      bytes += file.size * (phase === "starting" ? 1 : (shareOf(upload) ?? 0));
      continue;
    }
    uploaded += 1;
    bytes += (isMoving(job.status) ? 1 : 2) * file.size;
    if (isMoving(job.status)) converting += 1;
    if (job.status === "FAILED") {
      failures.push({
        id,
        filename: file.name,
        jobId,
        reason: job.error?.message ?? "The conversion failed.",
      });
    }
    if (job.status === "CANCELLED") stopped += 1;
    if (job.result !== null) results.push({ ...job, result: job.result });
  }

  const counts = [
    [uploaded, isUploading ? `of ${formatCount(files)} uploaded` : "uploaded"],
    [converting, "converting"],
    [results.length, "converted"],
    [stopped, "cancelled"],
    [failures.length, "failed"],
  ] as const;
  return {
    share: size === 0 ? 1 : bytes / size,
    isDone: !isUploading && converting === 0,
    counts: counts.flatMap(([count, what], index) =>
      count > 0 || index === 0 ? [`${formatCount(count)} ${what}`] : [],
    ),
    failures,
    results,
  };
}
