import { type AttemptRecord, type JobRecord, jobs } from "./entity.ts";
import type { Options } from "./options.ts";
import type { ConversionError, Result } from "./schema.ts";
import { nextStatuses, type StoredStatus } from "./status.ts";

/**
 * Everything that writes to the record of a job there is. Each function is one write, on the condition that the job
 * still has the status and the attempt it had when `job` was read: of two racing callers one wins, and a late or
 * doubled event finds its condition gone.
 */

/** What became of a write: `moved`, or, its condition gone, how the job is instead (null: there is none). */
export type Outcome = { moved: true; job: JobRecord } | { moved: false; job: JobRecord | null };

type Optional = "uploadId" | "inputSeenAt" | "startClaimedAt" | "result" | "error";

interface Changes {
  set?: Parameters<ReturnType<ReturnType<typeof jobs>["patch"]>["set"]>[0];
  remove?: Optional[];
  /** Replaces the history. It only ever changes together with the status, so the condition covers it. */
  attempts?: AttemptRecord[];
  /** Also on the condition that nobody else has claimed the start since. */
  sameClaim?: boolean;
}

const timestamp = () => new Date().toISOString();

export const currentAttempt = (job: JobRecord): AttemptRecord | undefined => job.attempts[job.attempt - 1];

/** The history with the current attempt's entry changed. */
const amended = (job: JobRecord, changes: Partial<AttemptRecord>): AttemptRecord[] =>
  job.attempts.map((entry) => (entry.attempt === job.attempt ? { ...entry, ...changes } : entry));

const write = async (
  job: JobRecord,
  to: StoredStatus,
  changes: Changes,
  now = timestamp(),
): Promise<Outcome> => {
  const allowed: readonly StoredStatus[] = nextStatuses[job.status];
  if (to !== job.status && !allowed.includes(to)) {
    throw new Error(`No job goes from ${job.status} to ${to}`);
  }
  const answer = await jobs()
    .patch({ jobId: job.jobId })
    .set({
      ...changes.set,
      ...(changes.attempts && { attempts: changes.attempts }),
      status: to,
      updatedAt: now,
    })
    .remove(changes.remove ?? [])
    .composite({ createdAt: job.createdAt })
    .where(({ status, attempt, startClaimedAt }, { eq, notExists }) => {
      const conditions = [eq(status, job.status), eq(attempt, job.attempt)];
      if (changes.sameClaim) {
        conditions.push(
          job.startClaimedAt ? eq(startClaimedAt, job.startClaimedAt) : notExists(startClaimedAt),
        );
      }
      return conditions.join(" AND ");
    })
    .go({ response: "all_new", returnOnConditionCheckFailure: "all_old" });
  return answer.rejected ? { moved: false, job: answer.data } : { moved: true, job: answer.data };
};

/** An attempt begins: the caller has checked the input and is the one who starts its run. */
const beginAttempt = (job: JobRecord, number: number, input: { bytes: number; options: Options }) => {
  const now = timestamp();
  return write(
    job,
    "QUEUED",
    {
      set: { ...input, attempt: number, startClaimedAt: now },
      remove: ["uploadId", "inputSeenAt", "result", "error"],
      attempts: [...job.attempts, { attempt: number, status: "QUEUED", startedAt: now }],
    },
    now,
  );
};

/** PENDING_UPLOAD → QUEUED */
export const queue = (job: JobRecord, input: { bytes: number; options: Options }) =>
  beginAttempt(job, job.attempt, input);

/** FAILED or CANCELLED → QUEUED, with the next attempt's number. */
export const queueAgain = (job: JobRecord, input: { bytes: number; options: Options }) =>
  beginAttempt(job, job.attempt + 1, input);

/** PENDING_UPLOAD → FAILED: what was uploaded cannot be converted. The check counts as the attempt. */
export const rejectInput = (job: JobRecord, error: ConversionError, options: Options) => {
  const now = timestamp();
  const entry = { attempt: job.attempt, status: "FAILED", startedAt: now, endedAt: now, error } as const;
  return write(
    job,
    "FAILED",
    { set: { error, options }, remove: ["inputSeenAt"], attempts: [...job.attempts, entry] },
    now,
  );
};

/** PENDING_UPLOAD stays PENDING_UPLOAD: the multipart upload is complete. */
export const recordUpload = (job: JobRecord) => write(job, "PENDING_UPLOAD", { remove: ["uploadId"] });

/** PENDING_UPLOAD stays PENDING_UPLOAD: the input is there, so the job does not expire. */
export const recordInputSeen = (job: JobRecord) =>
  write(job, "PENDING_UPLOAD", { set: { inputSeenAt: timestamp() } });

/** PENDING_UPLOAD → EXPIRED */
export const expire = (job: JobRecord) => write(job, "EXPIRED", { remove: ["inputSeenAt"] });

/** QUEUED stays QUEUED: the caller is the one who starts the attempt's run now. */
export const claimStart = (job: JobRecord) =>
  write(job, "QUEUED", { set: { startClaimedAt: timestamp() }, sameClaim: true });

/** QUEUED stays QUEUED: no run was started, and anyone may try again. */
export const releaseStart = (job: JobRecord) =>
  write(job, "QUEUED", { remove: ["startClaimedAt"], sameClaim: true });

/** QUEUED → RUNNING: this run is the attempt's. */
export const recordRun = (job: JobRecord, glueRunId: string) => {
  const now = timestamp();
  const attempts = amended(job, { status: "RUNNING", runningAt: now, glueRunId });
  return write(job, "RUNNING", { remove: ["startClaimedAt"], attempts }, now);
};

/** RUNNING → CANCELLING */
export const askCancel = (job: JobRecord) =>
  write(job, "CANCELLING", { attempts: amended(job, { status: "CANCELLING" }) });

/** RUNNING or CANCELLING → SUCCEEDED */
export const succeed = (job: JobRecord, result: Omit<Result, "url">) => {
  const now = timestamp();
  const attempts = amended(job, { status: "SUCCEEDED", endedAt: now });
  return write(job, "SUCCEEDED", { set: { result }, attempts }, now);
};

/** QUEUED, RUNNING or CANCELLING → FAILED */
export const fail = (job: JobRecord, error: ConversionError) => {
  const now = timestamp();
  const attempts = amended(job, { status: "FAILED", endedAt: now, error });
  return write(job, "FAILED", { set: { error }, remove: ["startClaimedAt"], attempts }, now);
};

/** QUEUED, RUNNING or CANCELLING → CANCELLED */
export const cancelled = (job: JobRecord) => {
  const now = timestamp();
  const attempts = amended(job, { status: "CANCELLED", endedAt: now });
  return write(job, "CANCELLED", { remove: ["startClaimedAt"], attempts }, now);
};

/** Any status in which no run can be at work → DELETING: from now on there is no such job for anyone. */
export const beginDelete = (job: JobRecord) => write(job, "DELETING", {});
