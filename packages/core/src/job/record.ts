import { randomBytes } from "node:crypto";
import { CustomAttributeType, Entity, type EntityItem, Service } from "electrodb";
import { lazy, tableConfiguration } from "../aws.ts";
import { type Options, withDefaults } from "../conversion/options.ts";
import type { ConversionError, ConversionResult } from "../conversion/reports.ts";
import { jobTable, laneNames } from "../deployment.ts";
import { hasName, UnparquetError } from "../errors.ts";
import { addToDay, type Counts, callers, days, quotaError, type Reservation, usedToday } from "./quota.ts";
import { attemptStatuses, nextStatuses, type StoredStatus, storedStatuses } from "./schema.ts";

const { primaryIndex, globalIndexes } = jobTable;
const { hashKey, rangeKey } = primaryIndex;

// Ids are case-sensitive; ElectroDB lowercases keys by default.
const casing = "none";

/** A result as stored. Its URLs are created when it is shown. */
export type StoredResult = ConversionResult & {
  /** Whether the run wrote an index. Absent in results stored before there were any. */
  indexed?: boolean;
};

/** Attributes of an attempt, whether it is the job's current one or archived. */
const attemptAttributes = {
  attempt: { type: "number", required: true },
  options: {
    type: CustomAttributeType<Options>("any"),
    required: true,
    get: (stored?: Options) => stored && withDefaults(stored),
  },
  lane: { type: laneNames },
  laneReason: { type: "string" },
  /** DPU, for the lane `shell`. */
  capacity: { type: "number" },
  /** Workers with the driver, for the lane `spark`. */
  workers: { type: "number" },
  startedAt: { type: "string" },
  runningAt: { type: "string" },
  endedAt: { type: "string" },
  runId: { type: "string" },
  result: { type: CustomAttributeType<StoredResult>("any") },
  error: { type: CustomAttributeType<ConversionError>("any") },
} as const;

const jobModel = {
  model: { service: "unparquet", entity: "job", version: "1" },
  attributes: {
    jobId: { type: "string", required: true, readOnly: true },
    filename: { type: "string", required: true, readOnly: true },
    createdAt: { type: "string", required: true, readOnly: true },
    updatedAt: { type: "string", required: true },
    status: { type: storedStatuses, required: true },
    /** Number of writes. Every write is conditional on the revision that was read. */
    revision: { type: "number", required: true },
    /** Ids of the latest writes, newest first, by which a write repeated by the SDK recognises itself. */
    writes: { type: "list", items: { type: "string" }, required: true },
    /** When the reconciler next checks the job, or `never`. */
    dueAt: { type: "string", required: true },
    /** Consecutive failures of the reconciler. */
    failures: { type: "number" },
    /** Size of the input: first as announced, then as measured when an attempt is accepted. */
    bytes: { type: "number", required: true },
    /** Version of the input that was checked and is converted. */
    etag: { type: "string" },
    /** The unfinished multipart upload of the input. */
    uploadId: { type: "string" },
    /** When a function claimed the start of the attempt's run. */
    startClaimedAt: { type: "string" },
    /** When the attempt's lane first did not know its run. */
    missingSince: { type: "string" },
    reserved: { type: CustomAttributeType<Reservation>("any") },
    ...attemptAttributes,
  },
  indexes: {
    job: {
      pk: { field: hashKey, composite: ["jobId"], casing },
      sk: { field: rangeKey, composite: [], casing },
    },
    byStatus: {
      index: "byStatus",
      pk: { field: globalIndexes.byStatus.hashKey, composite: ["status"], casing },
      sk: { field: globalIndexes.byStatus.rangeKey, composite: ["createdAt", "jobId"], casing },
    },
    byCreation: {
      index: "byCreation",
      pk: { field: globalIndexes.byCreation.hashKey, composite: [], casing },
      sk: { field: globalIndexes.byCreation.rangeKey, composite: ["createdAt", "jobId"], casing },
    },
    byDue: {
      index: "byDue",
      projection: ["jobId", "dueAt"],
      pk: { field: globalIndexes.byDue.hashKey, composite: [], casing },
      sk: { field: globalIndexes.byDue.rangeKey, composite: ["dueAt", "jobId"], casing },
    },
  },
} as const;

const attemptModel = {
  model: { service: "unparquet", entity: "attempt", version: "1" },
  attributes: {
    jobId: { type: "string", required: true, readOnly: true },
    status: { type: attemptStatuses, required: true },
    ...attemptAttributes,
    // Zero-padded, so that keys sort by number.
    attempt: { type: "number", required: true, padding: { length: 4, char: "0" } },
  },
  indexes: {
    attempts: {
      pk: { field: hashKey, composite: ["jobId"], casing },
      sk: { field: rangeKey, composite: ["attempt"], casing },
    },
  },
} as const;

/** Jobs, indexed by `jobId`, `byStatus` and `byCreation` (both ordered by creation) and `byDue`. */
export const jobs = lazy(() => new Entity(jobModel, tableConfiguration()));
/** Earlier attempts of jobs, oldest first. */
export const attempts = lazy(() => new Entity(attemptModel, tableConfiguration()));
/** All entities, for transactions. */
export const table = lazy(
  () =>
    new Service({ job: jobs(), attempt: attempts(), day: days(), caller: callers() }, tableConfiguration()),
);

export type JobRecord = EntityItem<ReturnType<typeof jobs>>;
export type AttemptRecord = EntityItem<ReturnType<typeof attempts>>;

type Fields = Omit<JobRecord, "jobId" | "filename" | "createdAt" | "status" | "revision" | "writes">;

/** A change to a job's record, and what to write in the same transaction. */
export interface Change {
  status: StoredStatus;
  /** Fields to set; `undefined` removes a field. */
  fields?: { [Name in keyof Fields]?: Fields[Name] | undefined };
  /** An attempt to store as a separate item. */
  archive?: AttemptRecord;
  /** Added to the day's counters. If `limited`, the transaction fails beyond the day's limits. */
  quota?: { day: string; counts: Counts; limited: boolean };
  /** Leaves `updatedAt` unchanged. */
  silent?: boolean;
}

/** Whether a transition was applied, and the job as it is now. A job that no longer exists is `DELETING`. */
export interface TransitionResult {
  applied: boolean;
  job: JobRecord;
}

export const conditionFailed = "ConditionalCheckFailed";

/** More than the writes that can happen between a write and its retry by the SDK. */
const writesKept = 8;
const conflictsMax = 8;

/** The record as stored, including that of a job being deleted. */
export async function findRecord(jobId: string): Promise<JobRecord | null> {
  return (await jobs().get({ jobId }).go({ consistent: true })).data;
}

/** Throws `job_not_found`, also for a job that is being deleted: it no longer exists for callers. */
export async function findJob(jobId: string): Promise<JobRecord> {
  const job = await findRecord(jobId);
  if (!job || job.status === "DELETING") throw jobNotFound(jobId);
  return job;
}

export function jobNotFound(jobId: string): UnparquetError {
  return new UnparquetError("job_not_found", `There is no job ${jobId}.`);
}

/** The error for a request that the job's status does not allow: `wrong_status`, or `job_not_found`. */
export function wrongStatus({ jobId, status }: JobRecord, hint: string): UnparquetError {
  if (status === "DELETING") return jobNotFound(jobId);
  return new UnparquetError("wrong_status", `The job is ${status}: ${hint}`);
}

/**
 * Applies the change that `decide` returns, or nothing for null. If the job has changed since it was read, `decide` runs again
 * on the new state. A write that the SDK repeats after a lost response counts as applied. Throws `throttled` when a daily
 * limit is reached.
 */
export async function update(
  job: JobRecord,
  decide: (current: JobRecord) => Change | null,
): Promise<TransitionResult> {
  const writeId = randomBytes(6).toString("base64url");
  for (let current = job; ; ) {
    const change = decide(current);
    if (!change) return { applied: false, job: current };
    const allowed: readonly StoredStatus[] = nextStatuses[current.status];
    if (change.status !== current.status && !allowed.includes(change.status)) {
      throw new Error(`A job cannot go from ${current.status} to ${change.status}`);
    }
    const next = applyChange(current, change, writeId);
    const before = current;
    const found = await retryWhileBusy(() => write(before, next, change));
    if (found === next) return { applied: true, job: next };
    if (found === null) return { applied: false, job: { ...current, status: "DELETING" } };
    if (found.writes.includes(writeId)) return { applied: true, job: found };
    current = found;
  }
}

/** Retries a write that conflicts with another transaction. Throws `throttled` after too many conflicts. */
export async function retryWhileBusy<T>(work: () => Promise<{ done: T } | "busy">): Promise<T> {
  for (let conflicts = 1; conflicts <= conflictsMax; conflicts += 1) {
    const outcome = await work();
    if (outcome !== "busy") return outcome.done;
    const pause = Math.random() * 25 * 2 ** conflicts;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  throw new UnparquetError("throttled", "Too many requests at once. Try again shortly.");
}

function applyChange(job: JobRecord, { status, fields = {}, silent }: Change, writeId: string): JobRecord {
  const next: Record<string, unknown> = {
    ...job,
    ...(!silent && { updatedAt: new Date().toISOString() }),
    ...fields,
    status,
    revision: job.revision + 1,
    writes: [writeId, ...job.writes].slice(0, writesKept),
  };
  for (const [name, value] of Object.entries(next)) if (value === undefined) delete next[name];
  return next as JobRecord;
}

/** Replaces `job` by `next` unless the stored revision differs. Returns the record that is stored afterwards. */
async function write(
  job: JobRecord,
  next: JobRecord,
  { archive, quota }: Change,
): Promise<{ done: JobRecord | null } | "busy"> {
  const { jobId, createdAt, revision } = job;
  // ElectroDB needs all attributes of an index key to update it.
  const changed = { ...changedFields(job, next), status: next.status, dueAt: next.dueAt };
  const removed = removedFields(job, next);
  if (!archive && !quota) {
    try {
      const patch = jobs().patch({ jobId }).set(changed).remove(removed).composite({ createdAt });
      const answer = await patch
        .where((fields, { eq }) => eq(fields.revision, revision))
        .go({ response: "none", returnOnConditionCheckFailure: "all_old" });
      return { done: answer.rejected ? answer.data : next };
    } catch (error) {
      if (isTransactionConflict(error)) return "busy";
      throw error;
    }
  }
  const { canceled, data } = await table()
    .transaction.write((writes) => [
      writes.job
        .patch({ jobId })
        .set(changed)
        .remove(removed)
        .composite({ createdAt })
        .where((fields, { eq }) => eq(fields.revision, revision))
        .commit({ response: "all_old" }),
      ...(archive ? [writes.attempt.put(archive).commit()] : []),
      ...(quota ? [addToDay(writes, quota.day, quota.counts, quota)] : []),
    ])
    .go();
  if (!canceled) return { done: next };
  const [ours, ...others] = data;
  if (ours?.code === conditionFailed) return { done: ours.item as JobRecord | null };
  if (!quota || others.every(({ code }) => code !== conditionFailed)) return "busy";
  // DynamoDB may report only one of several failed conditions.
  const found = await findRecord(jobId);
  if (found?.revision !== revision) return { done: found };
  throw quotaError(quota.counts, await usedToday(quota.day));
}

function isTransactionConflict(error: unknown): boolean {
  return error instanceof Error && hasName(error.cause, "TransactionConflictException");
}

type Settable = Parameters<ReturnType<ReturnType<typeof jobs>["patch"]>["set"]>[0];
type Removable = Parameters<ReturnType<ReturnType<typeof jobs>["patch"]>["remove"]>[0];

function changedFields(before: JobRecord, after: JobRecord): Settable {
  const changed = Object.entries(after).filter(([name, value]) => before[name as keyof JobRecord] !== value);
  return Object.fromEntries(changed);
}

function removedFields(before: JobRecord, after: JobRecord): Removable {
  return Object.keys(before).filter((name) => !(name in after)) as Removable;
}
