import type { Attempt, Job } from "@unparquet/core/job/schema";

/** A stretch of a job's life. */
export interface Phase {
  label: string;
  /** ISO 8601. */
  from: string;
  /** Null while it lasts. */
  to: string | null;
}

export const phaseDuration = ({ from, to }: Phase, now: number): number =>
  Math.max(0, (to === null ? now : Date.parse(to)) - Date.parse(from));

/** What an attempt went through, each with how long it took; how it ended is its status. */
export function attemptPhases({ startedAt, runningAt, endedAt, runId }: Attempt): Phase[] {
  // An attempt made before the moment was kept has run, but nobody knows since when.
  if (runningAt === null && runId !== null) {
    return [{ label: "Queued and running", from: startedAt, to: endedAt }];
  }
  const queued = { label: "Queued", from: startedAt, to: runningAt ?? endedAt };
  return runningAt === null ? [queued] : [queued, { label: "Running", from: runningAt, to: endedAt }];
}

/** From the job's making until its file was there and the first attempt accepted. */
export function uploadPhase({ createdAt, updatedAt, status, attempts }: Job): Phase {
  const gone = status === "EXPIRED" ? updatedAt : null;
  const to = attempts[0]?.startedAt ?? gone;
  return { label: to === null ? "Waiting" : "Uploaded", from: createdAt, to };
}
