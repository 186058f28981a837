import { randomBytes } from "node:crypto";
import { hasName } from "../aws/errors.ts";
import { UnparquetError } from "../errors.ts";
import { addToDay, type Counts, quotaError } from "../quota.ts";
import { type AttemptRecord, days, type JobRecord, jobs, table } from "./entity.ts";
import { nextStatuses, type StoredStatus } from "./status.ts";

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

export async function usedToday(day: string): Promise<Counts> {
  return (await days().get({ day }).go({ consistent: true })).data ?? {};
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
