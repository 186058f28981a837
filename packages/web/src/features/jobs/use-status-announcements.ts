import type { JobSummary } from "@unparquet/core/job/schema";
import { statusLabel } from "../../api/status.ts";
import { announce } from "../../components/live-region.tsx";
import { type ChangedJob, useChangedJobs } from "./use-changed-jobs.ts";

/** More at once would be read for minutes. */
const named = 5;

type Named = Pick<JobSummary, "jobId" | "filename" | "status">;

function sayChanges(changes: ChangedJob<Named>[]): void {
  announce(
    changes.length <= named
      ? changes.map(({ job }) => `${job.filename}: ${statusLabel(job.status)}`).join(", ")
      : `${changes.length} jobs changed their status`,
  );
}

/** Says aloud which of the shown jobs changed their status since they were last shown. */
export const useStatusAnnouncements = (jobs: readonly Named[]): void => useChangedJobs(jobs, sayChanges);
