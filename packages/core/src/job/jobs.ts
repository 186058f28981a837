import pMap from "p-map";
import * as z from "zod";
import { Options } from "../conversion/options.ts";
import type { Progress } from "../conversion/reports.ts";
import { UnparquetError } from "../errors.ts";
import { abortMultipartUpload } from "../storage/input.ts";
import { removeInput, removeOutputs } from "../storage/objects.ts";
import { outputUrl, presignIndex } from "../storage/output.ts";
import { addToCaller, addToDay, type Counts, callerKey, quotaError, today, usedToday } from "./quota.ts";
import {
  type AttemptRecord,
  attempts,
  conditionFailed,
  findJob,
  findRecord,
  type JobRecord,
  jobNotFound,
  jobs,
  retryWhileBusy,
  type StoredResult,
  table,
  wrongStatus,
} from "./record.ts";
import { type Attempt, type Job, JobId, type JobStatus, type JobSummary, type Result } from "./schema.ts";
import { beginDelete, currentAttempt, expiryOf } from "./transitions.ts";

/** Creates a job and counts its upload, also for the address `caller` if given. Throws `throttled` at a daily limit. */
export async function createJob(given: {
  jobId: string;
  filename: string;
  bytes: number;
  caller?: string | undefined;
}): Promise<JobRecord> {
  const { caller, ...input } = given;
  const now = new Date().toISOString();
  const day = today();
  const counts: Counts = { uploads: 1, uploadBytes: input.bytes };
  const record = {
    ...input,
    status: "PENDING_UPLOAD" as const,
    createdAt: now,
    updatedAt: now,
    revision: 1,
    writes: [],
    dueAt: expiryOf(now),
    options: Options.parse({}),
    attempt: 1,
  };
  return retryWhileBusy(async () => {
    const { canceled, data } = await table()
      .transaction.write((writes) => [
        writes.job.create(record).commit({ response: "all_old" }),
        addToDay(writes, day, counts, { limited: true }),
        ...(caller === undefined ? [] : [addToCaller(writes, day, callerKey(day, caller))]),
      ])
      .go();
    // The id is random, so an existing record is from this call, whose response was lost.
    if (!canceled || data[0]?.code === conditionFailed) return { done: record };
    if (data.every(({ code }) => code !== conditionFailed)) return "busy";
    throw quotaError(counts, await usedToday(day));
  });
}

/** All attempts of a job, oldest first. */
export async function findAttempts(job: JobRecord): Promise<AttemptRecord[]> {
  const current = currentAttempt(job);
  const earlier =
    job.attempt > 1
      ? (await attempts().query.attempts({ jobId: job.jobId }).go({ consistent: true, pages: "all" })).data
      : [];
  // If the record was read before a retry, its current attempt may already be archived.
  const before = earlier.filter(({ attempt }) => attempt < job.attempt);
  return current ? [...before, current] : before;
}

/** A position in the list of jobs. Jobs are ordered by creation, so their positions never change. */
const Position = z.object({ createdAt: z.iso.datetime({ precision: 3 }), jobId: JobId });
type Position = z.infer<typeof Position>;

export function encodeCursor({ createdAt, jobId }: Position): string {
  return Buffer.from(`${createdAt} ${jobId}`).toString("base64url");
}

/** Throws `invalid_cursor` for anything that `encodeCursor` did not make. */
function decodeCursor(cursor: string): Position {
  const [createdAt, jobId] = Buffer.from(cursor, "base64url").toString().split(" ");
  const position = Position.safeParse({ createdAt, jobId }).data;
  if (position && encodeCursor(position) === cursor) return position;
  throw new UnparquetError("invalid_cursor", "The cursor is not one of this API's.");
}

/** Limit for the records of a page, so that the response stays below Lambda's 6 MB. */
const pageMaxBytes = 4 * 1024 ** 2;

/** Records older than `after`, newest first, of one status or of all. */
async function* newestFirst(status: JobStatus | undefined, after: Position | undefined, limit: number) {
  const { byStatus, byCreation } = jobs().query;
  const all = status === undefined ? byCreation({}) : byStatus({ status });
  const query = after ? all.lt(after) : all;
  let cursor: string | null = null;
  do {
    const answer: { data: JobRecord[]; cursor: string | null } = await query.go({
      order: "desc",
      limit,
      cursor,
    });
    yield* answer.data;
    cursor = answer.cursor;
  } while (cursor);
}

const isNewer = (a: Position, b: Position) =>
  a.createdAt === b.createdAt ? a.jobId > b.jobId : a.createdAt > b.createdAt;

/** Merges sequences that are each ordered newest first. */
async function* mergeNewestFirst(sources: AsyncGenerator<JobRecord>[]) {
  const heads = await Promise.all(sources.map(async (source) => ({ source, head: await source.next() })));
  for (;;) {
    let newest: (typeof heads)[number] | undefined;
    for (const candidate of heads) {
      if (candidate.head.done) continue;
      if (!newest || newest.head.done || isNewer(candidate.head.value, newest.head.value)) newest = candidate;
    }
    if (!newest || newest.head.done) return;
    yield newest.head.value;
    newest.head = await newest.source.next();
  }
}

/**
 * Lists a page of jobs, newest first, of the given statuses or of all. Pages neither repeat nor miss a job that keeps its
 * status. Throws `invalid_cursor`.
 */
export async function listJobs(given: {
  statuses?: JobStatus[];
  limit: number;
  cursor?: string;
}): Promise<{ jobs: JobRecord[]; cursor: string | null }> {
  const after = given.cursor === undefined ? undefined : decodeCursor(given.cursor);
  // One extra record shows whether there is a next page.
  const sources = given.statuses?.length
    ? [...new Set(given.statuses)].map((status) => newestFirst(status, after, given.limit + 1))
    : [newestFirst(undefined, after, given.limit + 1)];
  const found: JobRecord[] = [];
  let bytes = 0;
  for await (const record of mergeNewestFirst(sources)) {
    if (record.status === "DELETING") continue;
    bytes += Buffer.byteLength(JSON.stringify(record));
    const last = found.at(-1);
    if (last && (found.length === given.limit || bytes > pageMaxBytes)) {
      return { jobs: found, cursor: encodeCursor(last) };
    }
    found.push(record);
  }
  return { jobs: found, cursor: null };
}

/** The job as `GET /jobs` shows it. Throws `job_not_found` for a job being deleted. */
export function summarizeJob(job: JobRecord): Promise<JobSummary> {
  return summarize(job, viewResult);
}

async function summarize(job: JobRecord, view: typeof viewResult): Promise<JobSummary> {
  const { jobId, filename, status } = job;
  if (status === "DELETING") throw jobNotFound(jobId);
  return {
    jobId,
    filename,
    status,
    createdAt: job.createdAt,
    updatedAt: job.updatedAt,
    input: { bytes: job.bytes },
    options: job.options,
    attempt: job.attempt,
    startedAt: job.startedAt ?? null,
    endedAt: job.endedAt ?? null,
    progress: null,
    result: job.result ? await view(job, job, job.result) : null,
    error: job.error ?? null,
  };
}

/** The job as the API shows it, with all attempts. Throws `job_not_found` for a job being deleted. */
export function viewJob(job: JobRecord): Promise<Job> {
  return viewWith(viewResult, job, null);
}

/** Like `viewJob`, with progress and index URLs. The role of the caller must be allowed to read reports. */
export function viewJobWithReports(job: JobRecord, progress: Progress | null): Promise<Job> {
  return viewWith(viewIndexedResult, job, progress);
}

async function viewWith(view: typeof viewResult, job: JobRecord, progress: Progress | null): Promise<Job> {
  const [summary, attempts] = await Promise.all([summarize(job, view), findAttempts(job)]);
  return {
    ...summary,
    progress,
    attempts: await Promise.all(attempts.map((attempt) => viewAttempt(job, attempt, view))),
  };
}

async function viewAttempt(
  job: JobRecord,
  attempt: AttemptRecord,
  view: typeof viewResult,
): Promise<Attempt> {
  return {
    attempt: attempt.attempt,
    status: attempt.status,
    lane: attempt.lane ?? null,
    laneReason: attempt.laneReason ?? null,
    startedAt: attempt.startedAt ?? job.createdAt,
    runningAt: attempt.runningAt ?? null,
    endedAt: attempt.endedAt ?? null,
    runId: attempt.runId ?? null,
    options: attempt.options,
    result: attempt.result ? withoutColumns(await view(job, attempt, attempt.result)) : null,
    error: attempt.error ?? null,
  };
}

const withoutColumns = ({ columns: _, columnsOmitted: __, ...result }: Result) => result;

/** The result of an attempt, with its URL. */
export async function viewResult(
  { jobId, filename }: JobRecord,
  { attempt, options }: Pick<AttemptRecord, "attempt" | "options">,
  { indexed: _, ...result }: StoredResult,
): Promise<Result> {
  const url = await outputUrl({ jobId, filename, attempt, options });
  return { ...result, url, indexUrl: null };
}

async function viewIndexedResult(...given: Parameters<typeof viewResult>): Promise<Result> {
  const [{ jobId }, { attempt }, { indexed }] = given;
  const indexUrl = indexed ? await presignIndex({ jobId, attempt }) : null;
  return { ...(await viewResult(...given)), indexUrl };
}

/** Finds the result of the given or the latest successful attempt. Throws `job_not_found` or `not_ready`. */
export async function findResult(jobId: string, attempt?: number): Promise<Result> {
  const job = await findJob(jobId);
  const current = attempt === undefined || attempt === job.attempt;
  if (current && job.result) return viewResult(job, job, job.result);
  const attempts = await findAttempts(job);
  const found = attempts.findLast((one) => one.result && (attempt === undefined || one.attempt === attempt));
  if (found?.result) return viewResult(job, found, found.result);
  if (attempt === undefined) {
    throw new UnparquetError(
      "not_ready",
      `The job is ${job.status}${job.error ? `: ${job.error.message}` : "."}`,
    );
  }
  throw new UnparquetError("not_ready", `Attempt ${attempt} of the job has no result.`);
}

const width = 8;

/** Removes the objects of a DELETING job, then its records. Idempotent. */
export async function finishDelete(job: JobRecord): Promise<void> {
  const { jobId, filename, uploadId } = job;
  // First, because completing the upload later would create an object again.
  if (uploadId) await abortMultipartUpload({ jobId, filename, uploadId });
  await Promise.all([removeInput(jobId), removeOutputs(jobId)]);
  if (job.attempt > 1) await removeAttempts(jobId);
  await jobs()
    .delete({ jobId })
    .where(({ status }, { eq }) => eq(status, "DELETING"))
    .go({ returnOnConditionCheckFailure: true });
}

async function removeAttempts(jobId: string): Promise<void> {
  const { data } = await attempts()
    .query.attempts({ jobId })
    .go({ pages: "all", attributes: ["attempt"] });
  await pMap(
    data,
    async ({ attempt }) => {
      await attempts().delete({ jobId, attempt }).go();
    },
    { concurrency: width },
  );
}

/**
 * Deletes a job and all its objects, or finishes an interrupted deletion. Marks the job as deleted before it removes anything,
 * so a trigger that wins the race keeps its input. Throws `job_not_found`, or `wrong_status` while the job runs.
 */
export async function deleteJob(jobId: string): Promise<void> {
  const job = await findRecord(jobId);
  if (!job) throw jobNotFound(jobId);
  const { job: now } = await beginDelete(job);
  if (now.status !== "DELETING") throw wrongStatus(now, "cancel it first.");
  return finishDelete(now);
}
