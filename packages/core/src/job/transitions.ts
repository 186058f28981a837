import type { Options } from "../conversion/options.ts";
import type { ConversionError } from "../conversion/reports.ts";
import { sparkLane } from "../deployment.ts";
import type { LaneChoice } from "../lanes/choose.ts";
import { capacityFor } from "../lanes/shell.ts";
import { type Counts, type Reservation, reservationFor, usageUnits } from "./quota.ts";
import {
  type AttemptRecord,
  type Change,
  type JobRecord,
  type StoredResult,
  type TransitionResult,
  update,
} from "./record.ts";
import { attemptStatuses } from "./schema.ts";

// The transitions of a job. Each one applies only to a job that is still in one of its source states, so one of two racing
// callers wins, and late or duplicate events change nothing.

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

/** Milliseconds after which a start counts as failed: longer than the timeout of any function that starts runs. */
export const claimTimeout = minute;
/** Milliseconds a job waits for its file. */
const pendingTimeout = day;
/** Milliseconds until the input of a rejected file is removed. */
const rejectedRetention = 12 * hour;

/** Sorts after every other timestamp. */
export const never = "9999-12-31T23:59:59.999Z";

export function timeIn(milliseconds: number): string {
  return new Date(Date.now() + milliseconds).toISOString();
}

/** When a job created then expires, unless its file is uploaded. */
export function expiryOf(createdAt: string): string {
  return new Date(Date.parse(createdAt) + pendingTimeout).toISOString();
}

/** The current attempt, or null before the first. */
export function currentAttempt(job: JobRecord): AttemptRecord | null {
  const {
    jobId,
    attempt,
    options,
    lane,
    laneReason,
    capacity,
    workers,
    startedAt,
    runningAt,
    endedAt,
    runId,
    result,
    error,
  } = job;
  if (startedAt === undefined) return null;
  const status = attemptStatuses.find((one) => one === job.status);
  const given = { lane, laneReason, capacity, workers, startedAt, runningAt, endedAt, runId, result, error };
  return {
    jobId,
    attempt,
    options,
    // The status of a job being deleted does not say how its attempt ended.
    status: status ?? (result ? "SUCCEEDED" : error ? "FAILED" : "CANCELLED"),
    ...withoutUndefined(given),
  };
}

function withoutUndefined<T extends object>(given: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as never;
}

/** An input that passed the check, the options to convert it with, and the lane to convert it in. */
export interface CheckedInput extends LaneChoice {
  bytes: number;
  etag?: string | undefined;
  options: Options;
  /** For the lane `spark`. */
  workers?: number | undefined;
}

/** What an attempt used. If unknown, its whole reservation counts as used. */
export type Usage = Omit<Reservation, "day">;

/** Fields to clear when a new attempt begins. */
const cleared = {
  runningAt: undefined,
  endedAt: undefined,
  runId: undefined,
  result: undefined,
  error: undefined,
  lane: undefined,
  laneReason: undefined,
  capacity: undefined,
  workers: undefined,
  startClaimedAt: undefined,
  missingSince: undefined,
  failures: undefined,
  reserved: undefined,
} as const;

/** Begins an attempt and claims the start of its run for the caller. */
function begin(job: JobRecord, attempt: number, input: CheckedInput): Change {
  const now = timeIn(0);
  const capacity = input.lane === "shell" ? capacityFor(job, input.bytes) : undefined;
  const reserved = reservationFor({ ...input, capacity });
  const { day, ...counts } = reserved;
  const archive = archived(currentAttempt(job));
  return {
    status: "QUEUED",
    fields: {
      ...cleared,
      ...input,
      attempt,
      capacity,
      reserved,
      uploadId: undefined,
      startedAt: now,
      startClaimedAt: now,
      dueAt: timeIn(claimTimeout),
    },
    ...(archive && { archive }),
    quota: {
      day,
      counts: { conversions: 1, ...counts },
      limited: true,
    },
  };
}

/** Drops the columns of the result, which only the current attempt keeps. */
function archived(attempt: AttemptRecord | null): AttemptRecord | null {
  if (!attempt?.result) return attempt;
  return { ...attempt, result: { ...attempt.result, columns: [], columnsOmitted: 0 } };
}

/** PENDING_UPLOAD → QUEUED. Throws `throttled`. */
export function queue(job: JobRecord, input: CheckedInput): Promise<TransitionResult> {
  return update(job, (now) => (now.status === "PENDING_UPLOAD" ? begin(now, now.attempt, input) : null));
}

/** SUCCEEDED, FAILED or CANCELLED → QUEUED, as the next attempt. Throws `throttled`. */
export function queueAgain(job: JobRecord, input: CheckedInput): Promise<TransitionResult> {
  return update(job, (now) => {
    const ended = now.status === "SUCCEEDED" || now.status === "FAILED" || now.status === "CANCELLED";
    return ended && now.attempt === job.attempt ? begin(now, now.attempt + 1, input) : null;
  });
}

/** PENDING_UPLOAD → FAILED: the file cannot be converted. The check counts as the attempt. */
export function rejectInput(
  job: JobRecord,
  error: ConversionError,
  options: Options,
): Promise<TransitionResult> {
  const now = timeIn(0);
  return update(job, ({ status }) =>
    status === "PENDING_UPLOAD"
      ? {
          status: "FAILED",
          fields: {
            ...cleared,
            error,
            options,
            startedAt: now,
            endedAt: now,
            dueAt: timeIn(rejectedRetention),
          },
        }
      : null,
  );
}

/** Stays PENDING_UPLOAD. Records the multipart upload, or clears it once it is complete. */
export function setUploadId(job: JobRecord, uploadId: string | undefined): Promise<TransitionResult> {
  return update(job, ({ status }) => (status === "PENDING_UPLOAD" ? { status, fields: { uploadId } } : null));
}

/** PENDING_UPLOAD → EXPIRED */
export function expire(job: JobRecord): Promise<TransitionResult> {
  return update(job, ({ status }) =>
    status === "PENDING_UPLOAD" ? { status: "EXPIRED", fields: { dueAt: never } } : null,
  );
}

/** Stays QUEUED. Claims the start of the run for the caller, unless another caller has claimed it since. */
export function claimStart(job: JobRecord): Promise<TransitionResult> {
  return update(job, (now) =>
    hasClaimOf(now, job)
      ? { status: "QUEUED", silent: true, fields: { startClaimedAt: timeIn(0), dueAt: timeIn(claimTimeout) } }
      : null,
  );
}

/** Stays QUEUED. Gives up the claim because no run was started. */
export function releaseStart(job: JobRecord): Promise<TransitionResult> {
  return update(job, (now) =>
    hasClaimOf(now, job)
      ? { status: "QUEUED", silent: true, fields: { startClaimedAt: undefined, dueAt: timeIn(0) } }
      : null,
  );
}

function hasClaimOf(now: JobRecord, job: JobRecord): boolean {
  return now.status === "QUEUED" && now.attempt === job.attempt && now.startClaimedAt === job.startClaimedAt;
}

/** QUEUED → RUNNING */
export function recordRun(job: JobRecord, runId: string): Promise<TransitionResult> {
  return update(job, (now) =>
    now.status === "QUEUED" && now.attempt === job.attempt
      ? {
          status: "RUNNING",
          fields: { runId, runningAt: timeIn(0), startClaimedAt: undefined, dueAt: timeIn(minute) },
        }
      : null,
  );
}

/** RUNNING → CANCELLING, or QUEUED → CANCELLED as there is no run to stop. */
export function requestCancel(job: JobRecord): Promise<TransitionResult> {
  return update(job, (now) => {
    if (now.status === "QUEUED") return end(now, "CANCELLED", {}, usageBeforeRun(now));
    if (now.status !== "RUNNING") return null;
    return { status: "CANCELLING", fields: { dueAt: timeIn(minute) } };
  });
}

/** A run that may have been starting when its job was cancelled is billed for at least a minute. */
function usageBeforeRun({ startClaimedAt, capacity = 0, workers = 0 }: JobRecord): Usage {
  if (!startClaimedAt) return { outputBytes: 0 };
  return {
    outputBytes: 0,
    dpuSeconds: 60 * capacity,
    sparkDpuSeconds: 60 * workers * sparkLane.dpuPerWorker,
  };
}

/** RUNNING or CANCELLING → SUCCEEDED */
export function succeed(job: JobRecord, result: StoredResult, used?: Usage): Promise<TransitionResult> {
  return update(job, (now) => (isRunOf(now, job) ? end(now, "SUCCEEDED", { result }, used) : null));
}

/** QUEUED, RUNNING or CANCELLING → FAILED */
export function fail(job: JobRecord, error: ConversionError, used?: Usage): Promise<TransitionResult> {
  return update(job, (now) => (isUnended(now, job) ? end(now, "FAILED", { error }, used) : null));
}

/** QUEUED, RUNNING or CANCELLING → CANCELLED */
export function cancelled(job: JobRecord, used?: Usage): Promise<TransitionResult> {
  return update(job, (now) => (isUnended(now, job) ? end(now, "CANCELLED", {}, used) : null));
}

function isRunOf(now: JobRecord, job: JobRecord): boolean {
  const running = now.status === "RUNNING" || now.status === "CANCELLING";
  return running && now.attempt === job.attempt && now.runId === job.runId;
}

function isUnended(now: JobRecord, job: JobRecord): boolean {
  return isRunOf(now, job) || (now.status === "QUEUED" && now.attempt === job.attempt);
}

function end(
  job: JobRecord,
  status: "SUCCEEDED" | "FAILED" | "CANCELLED",
  outcome: { result?: StoredResult; error?: ConversionError },
  used: Usage | undefined,
): Change {
  const { startClaimedAt, missingSince, failures, reserved } = cleared;
  return {
    status,
    fields: {
      ...outcome,
      startClaimedAt,
      missingSince,
      failures,
      reserved,
      endedAt: timeIn(0),
      dueAt: never,
    },
    ...settle(job, used),
  };
}

/** Replaces the reservation of an attempt in the day's counters by what it used. */
function settle({ reserved }: JobRecord, used: Usage | undefined): Pick<Change, "quota"> {
  if (!reserved || !used) return {};
  const { day, ...most } = reserved;
  const counts: Counts = {};
  for (const unit of usageUnits) {
    const reservedUnits = most[unit];
    if (reservedUnits !== undefined) counts[unit] = (used[unit] ?? 0) - reservedUnits;
  }
  return { quota: { day, counts, limited: false } };
}

/** Any status without a run → DELETING: the job no longer exists for callers. */
export function beginDelete(job: JobRecord): Promise<TransitionResult> {
  return update(job, ({ status }) =>
    status === "QUEUED" || status === "RUNNING" || status === "CANCELLING" || status === "DELETING"
      ? null
      : { status: "DELETING", fields: { dueAt: timeIn(minute) } },
  );
}

/** Keeps the status. Sets when the reconciler checks the job again, unless the job has changed since it was read. */
export function postpone(
  job: JobRecord,
  dueAt: string,
  fields: { failures?: number | undefined; missingSince?: string | undefined } = {},
): Promise<TransitionResult> {
  return update(job, (now) =>
    now.revision === job.revision ? { status: now.status, silent: true, fields: { ...fields, dueAt } } : null,
  );
}
