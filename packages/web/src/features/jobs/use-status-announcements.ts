import type { Job, JobStatus } from "@unparquet/core/job/schema";
import { useEffect, useRef } from "react";
import { announce } from "../../components/live-region.tsx";
import { statusLabel } from "./status.ts";

/** More at once would be read for minutes. */
const named = 5;

/** Says aloud which of the shown jobs changed their status since they were last shown. */
export function useStatusAnnouncements(jobs: readonly Pick<Job, "jobId" | "filename" | "status">[]): void {
  const known = useRef(new Map<string, JobStatus>());

  useEffect(() => {
    const changes = jobs.filter(({ jobId, status }) => {
      const before = known.current.get(jobId);
      known.current.set(jobId, status);
      return before !== undefined && before !== status;
    });
    if (changes.length > 0) {
      announce(
        changes.length <= named
          ? changes.map(({ filename, status }) => `${filename}: ${statusLabel(status)}`).join(", ")
          : `${changes.length} jobs changed their status`,
      );
    }
  }, [jobs]);
}
