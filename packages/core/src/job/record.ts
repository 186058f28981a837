import { randomBytes } from "node:crypto";
import { CustomAttributeType, Entity, type EntityItem, Service } from "electrodb";
import { lazy, tableConfiguration } from "../aws.ts";
import { type Options, withDefaults } from "../conversion/options.ts";
import type { ConversionError, StoredResult } from "../conversion/reports.ts";
import { jobTable } from "../deployment.ts";
import { hasName, UnparquetError } from "../errors.ts";
import { addToDay, type Counts, callers, days, quotaError, type Reservation, usedToday } from "./quota.ts";
import {
  attemptStatuses,
  type JobStatus,
  nextStatuses,
  type StoredStatus,
  storedStatuses,
} from "./schema.ts";

const { primaryIndex, globalIndexes } = jobTable;
const { hashKey, rangeKey } = primaryIndex;

// Ids are case-sensitive; ElectroDB lowercases keys by default.
const casing = "none";

/** Runs of this lane are Glue Python Shell runs. */
export const lanes = ["shell"] as const;

/** What an attempt is, while it is the job's current one and after. */
const attemptAttributes = {
  attempt: { type: "number", required: true },
  options: {
    type: CustomAttributeType<Options>("any"),
    required: true,
    get: (stored?: Options) => stored && withDefaults(stored),
  },
  lane: { type: lanes },
  /** DPU of its run. */
  capacity: { type: "number" },
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
    /** Counts writes. Every write is conditional on the revision that was read. */
    revision: { type: "number", required: true },
    /** Ids of the latest writes, newest first: a writer recognises its own when the SDK repeats it. */
    writes: { type: "list", items: { type: "string" }, required: true },
    /** When the reconciler looks at the job next; `never` once there is nothing left to do. */
    dueAt: { type: "string", required: true },
    /** Failures of the reconciler in a row. */
    failures: { type: "number" },
    /** Size of the input: as announced, then as found when an attempt was accepted. */
    bytes: { type: "number", required: true },
    /** Version of the input that was checked, which is the one that is converted. */
    etag: { type: "string" },
    /** The unfinished multipart upload of the input. */
    uploadId: { type: "string" },
    /** Since when a function has been starting the attempt's run. */
    startClaimedAt: { type: "string" },
    /** Since when Glue has not known the attempt's run. */
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
    // Zero-padded, so that the order of keys is the order of numbers.
    attempt: { type: "number", required: true, padding: { length: 4, char: "0" } },
  },
  indexes: {
    attempts: {
      pk: { field: hashKey, composite: ["jobId"], casing },
      sk: { field: rangeKey, composite: ["attempt"], casing },
    },
  },
} as const;

/** Jobs, by `jobId`, `byStatus`, `byCreation` (both in order of creation) and `byDue`. */
export const jobs = lazy(() => new Entity(jobModel, tableConfiguration()));
/** Attempts that are no longer their job's current one, oldest first. */
export const attempts = lazy(() => new Entity(attemptModel, tableConfiguration()));
/** All of them, for writes that happen together or not at all. */
export const table = lazy(
  () =>
    new Service({ job: jobs(), attempt: attempts(), day: days(), caller: callers() }, tableConfiguration()),
);

export type JobRecord = EntityItem<ReturnType<typeof jobs>>;
export type AttemptRecord = EntityItem<ReturnType<typeof attempts>>;

type Fields = Omit<JobRecord, "jobId" | "filename" | "createdAt" | "status" | "revision" | "writes">;

/** A write to a job's record, with what is written in the same transaction. */
export interface Change {
  status: StoredStatus;
  /** Fields to set; `undefined` removes a field. */
  fields?: { [Name in keyof Fields]?: Fields[Name] | undefined };
  /** Kept as an item of its own. */
  archive?: AttemptRecord;
  /** Added to a day's counters. `limited`: the whole write happens only within the day's limits. */
  quota?: { day: string; counts: Counts; limited: boolean };
  /** Not worth a new `updatedAt`. */
  silent?: boolean;
}

/** What became of a write: `applied`, or how the job is instead (null: there is none). */
export type TransitionResult = { applied: true; job: JobRecord } | { applied: false; job: JobRecord | null };

export const conditionFailed = "ConditionalCheckFailed";

/** More writes than can come between a write and its repetition by the SDK. */
const writesKept = 8;
const conflictsMax = 8;

/** The record as stored, also of a job that is being deleted. */
export async function findRecord(jobId: string): Promise<JobRecord | null> {
  return (await jobs().get({ jobId }).go({ consistent: true })).data;
}

/**
 * Writes what `decide` makes of the job, on the condition that it still is what `decide` saw. Otherwise asks again with the
 * job as it is now, until there is nothing to write (null) or the write is applied. A write that was applied before, because
 * the SDK repeated it after a lost response, counts as applied. Throws `throttled` when a limit of the day is reached.
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
      throw new Error(`No job goes from ${current.status} to ${change.status}`);
    }
    const next = applyChange(current, change, writeId);
    const before = current;
    const found = await retryWhileBusy(() => write(before, next, change));
    if (found === next) return { applied: true, job: next };
    if (found === null) return { applied: false, job: null };
    if (found.writes.includes(writeId)) return { applied: true, job: found };
    current = found;
  }
}

/** Repeats a write as long as another transaction is at one of its items. Throws `throttled` when that takes too long. */
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

/** Writes `next` in place of `job`. The record that is there afterwards: `next`, another one, or null for none. */
async function write(
  job: JobRecord,
  next: JobRecord,
  { archive, quota }: Change,
): Promise<{ done: JobRecord | null } | "busy"> {
  const { jobId, createdAt, revision } = job;
  // The status and the due time are part of index keys, and ElectroDB wants the whole of a key.
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
  // DynamoDB need not report more than one failed condition.
  const found = await findRecord(jobId);
  if (found?.revision !== revision) return { done: found };
  throw quotaError(quota.counts, await usedToday(quota.day));
}

const isTransactionConflict = (error: unknown) =>
  error instanceof Error && hasName(error.cause, "TransactionConflictException");

type Settable = Parameters<ReturnType<ReturnType<typeof jobs>["patch"]>["set"]>[0];
type Removable = Parameters<ReturnType<ReturnType<typeof jobs>["patch"]>["remove"]>[0];

function changedFields(before: JobRecord, after: JobRecord): Settable {
  const changed = Object.entries(after).filter(([name, value]) => before[name as keyof JobRecord] !== value);
  return Object.fromEntries(changed);
}

function removedFields(before: JobRecord, after: JobRecord): Removable {
  return Object.keys(before).filter((name) => !(name in after)) as Removable;
}

export type VisibleJob = JobRecord & { status: JobStatus };

export function isVisible(job: JobRecord | null): job is VisibleJob {
  return job !== null && job.status !== "DELETING";
}

/** The job, as far as it exists for a caller: throws `job_not_found`, also when it is being deleted. */
export function visible(job: JobRecord | null, jobId: string): VisibleJob {
  if (isVisible(job)) return job;
  throw new UnparquetError("job_not_found", `There is no job ${jobId}.`);
}

/** Throws `job_not_found`. */
export async function findJob(jobId: string): Promise<VisibleJob> {
  return visible(await findRecord(jobId), jobId);
}
