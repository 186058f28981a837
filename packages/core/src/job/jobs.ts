import pMap from "p-map";
import * as z from "zod";
import { Options } from "../conversion/options.ts";
import type { Progress, Result, StoredResult } from "../conversion/reports.ts";
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
  isVisible,
  type JobRecord,
  jobs,
  retryWhileBusy,
  table,
  type VisibleJob,
  visible,
} from "./record.ts";
import { type Attempt, type Job, JobId, type JobStatus, type JobSummary } from "./schema.ts";
import { beginDelete, currentAttempt, expiryOf } from "./transitions.ts";

/**
 * Creates a job that waits for its file, and counts the upload. `caller` is the address it is counted for, where there is one.
 * Throws `throttled` when a limit of the day is reached.
 */
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
    // The id is random: a record that exists was made by this call, whose response was lost.
    if (!canceled || data[0]?.code === conditionFailed) return { done: record };
    if (data.every(({ code }) => code !== conditionFailed)) return "busy";
    throw quotaError(counts, await usedToday(day));
  });
}

/** Every attempt of a job, oldest first. */
export async function findAttempts(job: JobRecord): Promise<AttemptRecord[]> {
  const current = currentAttempt(job);
  const earlier =
    job.attempt > 1
      ? (await attempts().query.attempts({ jobId: job.jobId }).go({ consistent: true, pages: "all" })).data
      : [];
  // The record may be older than the items: then the current attempt is among those already.
  const before = earlier.filter(({ attempt }) => attempt < job.attempt);
  return current ? [...before, current] : before;
}

/** Bytes of records a page holds at most: with what JSON adds it has to stay under Lambda's 6 MB. */
const pageMaxBytes = 4 * 1024 ** 2;

/** Records older than `after`, newest first, of one status or of any. */
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

/** Merges sequences that are each newest first into one that is. */
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
 * A page of jobs, newest first, of the statuses given or of all. `cursor` leads to the next page; it is a place in the order
 * of creation, so pages neither repeat nor miss a job that keeps its status. Throws `invalid_cursor`.
 */
export const listJobs = async (given: {
  statuses?: JobStatus[];
  limit: number;
  cursor?: string;
}): Promise<{ jobs: VisibleJob[]; cursor: string | null }> => {
  const after = given.cursor === undefined ? undefined : decodeCursor(given.cursor);
  // One more than asked for, to know whether there is a next page.
  const sources = given.statuses?.length
    ? [...new Set(given.statuses)].map((status) => newestFirst(status, after, given.limit + 1))
    : [newestFirst(undefined, after, given.limit + 1)];
  const found: VisibleJob[] = [];
  let bytes = 0;
  for await (const record of mergeNewestFirst(sources)) {
    if (!isVisible(record)) continue;
    bytes += Buffer.byteLength(JSON.stringify(record));
    const last = found.at(-1);
    if (last && (found.length === given.limit || bytes > pageMaxBytes)) {
      return { jobs: found, cursor: encodeCursor(last) };
    }
    found.push(record);
  }
  return { jobs: found, cursor: null };
};

/** A place in the list of jobs: after this one. Jobs never move in it, as it is ordered by creation. */
const Position = z.object({ createdAt: z.iso.datetime({ precision: 3 }), jobId: JobId });
export type Position = z.infer<typeof Position>;

const Encoded = z.tuple([Position.shape.createdAt, Position.shape.jobId]);

export const encodeCursor = ({ createdAt, jobId }: Position): string =>
  Buffer.from(JSON.stringify([createdAt, jobId])).toString("base64url");

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Throws `invalid_cursor` for anything `encodeCursor` did not make. */
export const decodeCursor = (cursor: string): Position => {
  const parsed = Encoded.safeParse(parseJson(Buffer.from(cursor, "base64url").toString()));
  const position = parsed.data && { createdAt: parsed.data[0], jobId: parsed.data[1] };
  if (position && encodeCursor(position) === cursor) return position;
  throw new UnparquetError("invalid_cursor", "The cursor is not one of this API's.");
};

/** A job as a list shows it. */
export const summarizeJob = (job: VisibleJob): Promise<JobSummary> => summarize(job, viewResult);

async function summarize(job: VisibleJob, view: typeof viewResult): Promise<JobSummary> {
  return {
    jobId: job.jobId,
    filename: job.filename,
    status: job.status,
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

/** A job as the API shows it, with all its attempts. */
export const viewJob = (job: VisibleJob): Promise<Job> => viewWith(viewResult, job, null);

/** The same, with what only a role that may read reports can show: live progress and the addresses of indexes. */
export const viewJobWithReports = (job: VisibleJob, progress: Progress | null): Promise<Job> =>
  viewWith(viewIndexedResult, job, progress);

async function viewWith(view: typeof viewResult, job: VisibleJob, progress: Progress | null): Promise<Job> {
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

/** The result of an attempt, with its address. */
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

/**
 * The result of an attempt, or of the latest attempt that succeeded. Throws `job_not_found`, or `not_ready` when there is no
 * such result.
 */
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
  throw new UnparquetError("not_ready", `The job has no result of attempt ${attempt}.`);
}

const width = 8;

/** Removes a DELETING job's objects and, once they are gone, its records. May be repeated until it has gone through. */
export async function finishDelete(job: JobRecord): Promise<void> {
  const { jobId, filename, uploadId } = job;
  // Before the objects: completed after them, it would leave one.
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
 * Deletes a job with all it has. From the first write on the job does not exist for anyone else, and nothing is removed before
 * it: a trigger that comes first keeps its input. Throws `job_not_found`, or `wrong_status` while the job runs.
 */
export async function deleteJob(jobId: string): Promise<void> {
  const job = await findRecord(jobId);
  // A deletion that was cut off, or is under way, is brought to its end.
  if (job?.status === "DELETING") return finishDelete(job);
  const { job: now } = await beginDelete(visible(job, jobId));
  // Gone meanwhile: another deletion was faster.
  if (now === null) return;
  if (isVisible(now)) {
    throw new UnparquetError("wrong_status", `The job is ${now.status}: cancel it first.`);
  }
  return finishDelete(now);
}
