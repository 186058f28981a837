import type { Options } from "../conversion/options.ts";
import type { LaneName } from "../deployment.ts";
import type { AttemptId } from "../storage/keys.ts";

/** An attempt to run. */
export interface RunRequest extends AttemptId {
  filename: string;
  etag?: string | undefined;
  options: Options;
  /** DPU, for the lane `shell`. */
  capacity?: number | undefined;
  /** Workers with the driver, for the lane `spark`. */
  workers?: number | undefined;
}

/** What a job's record knows of its attempt's run. */
export interface AttemptRun extends AttemptId {
  runId?: string | undefined;
  /** When the lane accepted the run. */
  runningAt?: string | undefined;
}

/**
 * `ERROR`: the lane could not complete the run. `FAILED`: the converter ended with an error. `NO_CAPACITY`: the run waited too
 * long to start.
 */
export const endedStates = [
  "SUCCEEDED",
  "FAILED",
  "ERROR",
  "TIMED_OUT",
  "OUT_OF_MEMORY",
  "STOPPED",
  "NO_CAPACITY",
] as const;
export type EndedState = (typeof endedStates)[number];

/** A run of an attempt. */
export interface Run extends AttemptId {
  lane: LaneName;
  runId: string;
  state: "LIVE" | "STOPPING" | EndedState;
  /** The lane's message about its end. */
  message: string;
  startedAt: Date;
  endedAt?: Date;
  /** Excludes waiting and start-up. 0 until the run has ended. */
  executionSeconds: number;
  /** Usage that AWS bills for, in the lane's unit. 0 until the run has ended. */
  billed: { dpuSeconds?: number; lambdaSeconds?: number; sparkDpuSeconds?: number };
}

export type EndedRun = Run & { state: EndedState };

export function hasEnded(run: Run): run is EndedRun {
  return (endedStates as readonly string[]).includes(run.state);
}

/**
 * `busy`: nothing was started, but a retry may succeed. `rejected`: a retry would fail as well. `unknown`: the response was
 * lost, so there may be a run.
 */
export type StartResult =
  | { kind: "started"; runId: string }
  | { kind: "busy" | "rejected" | "unknown"; cause: unknown };

/** A service that runs conversions. */
export interface Lane {
  start: (request: RunRequest) => Promise<StartResult>;
  /** Asks a run to stop, unless it has ended. Throws if that fails. */
  stop: (run: AttemptRun) => Promise<void>;
  /** Finds the run of an attempt. Null if the lane does not know it. */
  find: (run: AttemptRun) => Promise<Run | null>;
  /** Finds runs of these attempts started since then, even if their start was not recorded. Throws if it may miss some. */
  findAll: (attempts: AttemptId[], since: Date) => Promise<Run[]>;
  /** Lists live runs of any attempt, started since then. Empty in a lane that need not look for runs without a job. */
  live: (since: Date) => Promise<Run[]>;
}
