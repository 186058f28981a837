import { startRun, stopRun } from "./glue/runs.ts";
import type { JobRecord } from "./job/entity.ts";
import { fail, recordRun, releaseStart } from "./job/transitions.ts";

/** A job after something was done to it, and an error to log: what failed will be tried again. */
export interface Step {
  job: JobRecord | null;
  error?: unknown;
}

/**
 * Makes a run the one of its attempt. If the attempt has ended meanwhile, or has another run already, the run is stopped: at
 * most one run of an attempt counts. A run that cannot be stopped is found again by the reconciler.
 */
export async function adoptRun(job: JobRecord, runId: string): Promise<Step> {
  const { applied, job: now } = await recordRun(job, runId);
  const known = applied || (now?.attempt === job.attempt && now.runId === runId);
  if (known) return { job: now };
  try {
    await stopRun(runId);
    return { job: now };
  } catch (error) {
    return { job: now, error };
  }
}

/** Starts the run of a QUEUED job; the caller holds the claim to do so. Leaves the job QUEUED where it may work later. */
export async function startAttempt(job: JobRecord): Promise<Step> {
  const start = await startRun(job);
  switch (start.kind) {
    case "started":
      return adoptRun(job, start.runId);
    case "busy":
      return { job: (await releaseStart(job)).job };
    case "refused": {
      const error = { code: "internal", message: "The conversion could not be started." } as const;
      const unused = { outputBytes: 0, dpuSeconds: 0 };
      return { job: (await fail(job, error, unused)).job, error: start.cause };
    }
    case "unknown":
      // The claim stays until it is old; by then the run can be found, if there is one.
      return { job, error: start.cause };
  }
}
