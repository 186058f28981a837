import type { JobSummary } from "@unparquet/core/job/schema";

/** Milliseconds that the current attempt took, from its acceptance to its end; undefined before it has ended. */
export function jobDuration({
  startedAt,
  endedAt,
}: Pick<JobSummary, "startedAt" | "endedAt">): number | undefined {
  if (startedAt === null || endedAt === null) return undefined;
  return Date.parse(endedAt) - Date.parse(startedAt);
}
