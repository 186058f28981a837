import type { JobSummary } from "@unparquet/core/job/schema";

/** "Took", everywhere: milliseconds from the current attempt's acceptance to its end. Undefined before it has ended. */
export function jobDuration({
  startedAt,
  endedAt,
}: Pick<JobSummary, "startedAt" | "endedAt">): number | undefined {
  if (startedAt === null || endedAt === null) return undefined;
  return Date.parse(endedAt) - Date.parse(startedAt);
}
