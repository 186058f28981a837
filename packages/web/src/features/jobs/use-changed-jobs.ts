import type { JobStatus, JobSummary } from "@unparquet/core/job/schema";
import { useEffect, useRef } from "react";

export interface ChangedJob<J extends Pick<JobSummary, "jobId" | "status"> = JobSummary> {
  job: J;
  before: JobStatus;
}

/** Tells which jobs have another status than when they were last given, all of one time together. */
export function useChangedJobs<J extends Pick<JobSummary, "jobId" | "status">>(
  jobs: readonly J[],
  onChange: (changes: ChangedJob<J>[]) => void,
): void {
  const known = useRef(new Map<string, JobStatus>());
  const tell = useRef(onChange);
  useEffect(() => {
    tell.current = onChange;
  }, [onChange]);

  useEffect(() => {
    const changes = jobs.flatMap((job) => {
      const before = known.current.get(job.jobId);
      known.current.set(job.jobId, job.status);
      return before === undefined || before === job.status ? [] : [{ job, before }];
    });
    if (changes.length > 0) tell.current(changes);
  }, [jobs]);
}
