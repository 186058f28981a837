import type { Job } from "@unparquet/core/job/schema";

/** Milliseconds the current attempt took, from when it was accepted; undefined while it has not ended. */
export function jobDuration({ attempts }: Pick<Job, "attempts">): number | undefined {
  const last = attempts.at(-1);
  if (!last?.endedAt) return undefined;
  return Date.parse(last.endedAt) - Date.parse(last.startedAt);
}
