import { type Start, startRun, stopRun } from "./glue/runs.ts";
import type { JobRecord } from "./job/entity.ts";
import { currentAttempt, fail, recordRun, releaseStart } from "./job/transitions.ts";

/** A job after a step, and what went wrong on the way, for the log. */
export interface Step {
  job: JobRecord | null;
  problem?: unknown;
}

/**
 * Makes a run the one of its attempt. Should the attempt have ended meanwhile, or have another run already, it is stopped:
 * at most one run of an attempt ever counts.
 */
export const adoptRun = async (job: JobRecord, runId: string): Promise<JobRecord | null> => {
  const outcome = await recordRun(job, runId);
  if (outcome.moved) return outcome.job;
  const now = outcome.job;
  const known = now?.attempt === job.attempt && currentAttempt(now)?.glueRunId === runId;
  if (!known) await stopRun(runId);
  return now;
};

/** Starts the run of a QUEUED job; the caller holds the claim to do so. Leaves it QUEUED where it may work later. */
export const startAttempt = async (job: JobRecord): Promise<Step> => {
  const start: Start = await startRun(job);
  switch (start.kind) {
    case "started":
      return { job: await adoptRun(job, start.runId) };
    case "busy":
      return { job: (await releaseStart(job)).job };
    case "refused": {
      const error = { code: "internal", message: "The conversion could not be started." } as const;
      return { job: (await fail(job, error)).job, problem: start.cause };
    }
    case "unknown":
      // The claim stays until it is old; by then the run can be found, if there is one.
      return { job, problem: start.cause };
  }
};
