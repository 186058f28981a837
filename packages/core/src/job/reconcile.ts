import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { CustomAttributeType, Entity } from "electrodb";
import pMap from "p-map";
import { inputBucket, lazy, outputBucket, s3, tableConfiguration } from "../aws.ts";
import { jobTable, outputsPrefix, reportsPrefix, uploadsPrefix } from "../deployment.ts";
import { findRun, isEndedState, type Run, runsSince, stopRun } from "../glue/runs.ts";
import { inputSize } from "../storage/input.ts";
import { removeAll, removeInput } from "../storage/objects.ts";
import { finishDelete } from "./jobs.ts";
import { findRecord, type JobRecord, jobs } from "./record.ts";
import { adoptRun, endRun, loseRun, startAttempt } from "./run.ts";
import { JobId } from "./schema.ts";
import {
  claimLasts,
  claimStart,
  day,
  expire,
  hour,
  lookAgain,
  minute,
  never,
  timeIn,
} from "./transitions.ts";

/** Queued or cancelling for longer, a job needs a person to look at it. */
const stuckAfter = 15 * minute;
/** A run that Glue has not known for this long is lost. */
const missingLasts = 5 * minute;
/** Glue's clock differs from ours. */
const tolerance = minute;
/** How far back runs without a job are looked for: longer than a run may wait and work. */
const orphanLookBack = day;
const orphanEvery = 10 * minute;
/** A running job is looked at after a quarter of the time it has run, within these limits: its event ends it as a rule. */
const longestPause = 10 * minute;

const width = 8;
const pageSize = 50;
/** Milliseconds a round may take for due jobs, and in all. Its function has 50 seconds. */
const dueBudget = 25_000;
const budget = 40_000;

/** What a round did. `problems`: what failed, for the log; a later round tries again. */
export interface ReconcileReport {
  started: JobRecord[];
  /** With the run that ended, where Glue knows one. */
  ended: { job: JobRecord; run?: Run }[];
  expired: JobRecord[];
  stuck: JobRecord[];
  /** Milliseconds that the oldest job still queued or cancelling has been so; 0 without one. */
  longestWait: number;
  problems: { jobId: string; error: unknown }[];
}

const age = (since: string) => Date.now() - Date.parse(since);

/**
 * Advances every job that is due, after missed events, lost responses or crashed functions: the longest due first, for a
 * limited time, whatever the table holds. Then looks for runs and objects that no job owns. Safe to run concurrently.
 */
export async function reconcile(): Promise<ReconcileReport> {
  const began = Date.now();
  const report: ReconcileReport = {
    started: [],
    ended: [],
    expired: [],
    stuck: [],
    longestWait: 0,
    problems: [],
  };
  await advanceDueJobs(report, began + dueBudget);
  const inTime = () => Date.now() < began + budget;
  await attempt(report, "searches", () =>
    continueSearches(inTime, {
      runs: async () => {
        await stopOrphans(report, inTime);
        return { dueAt: timeIn(orphanEvery) };
      },
      ...objectSearches,
    }),
  );
  return report;
}

async function attempt(
  report: ReconcileReport,
  jobId: string,
  work: () => Promise<unknown>,
): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    report.problems.push({ jobId, error });
    return false;
  }
}

/** Pages of jobs that are due now, the longest due first. */
async function* dueJobs(): AsyncGenerator<string[]> {
  const later = timeIn(1);
  let cursor: string | null = null;
  do {
    const query = jobs().query.byDue({}).lt({ dueAt: later });
    const page: { data: { jobId: string }[]; cursor: string | null } = await query.go({
      order: "asc",
      limit: pageSize,
      cursor,
    });
    if (page.data.length > 0) yield page.data.map(({ jobId }) => jobId);
    cursor = page.cursor;
  } while (cursor);
}

async function advanceDueJobs(report: ReconcileReport, deadline: number): Promise<void> {
  const inTime = () => Date.now() < deadline;
  const seen = new Set<string>();
  // Once Glue is full, no further run is asked for in this round.
  const glueIsFull = { yes: false };
  for await (const page of dueJobs()) {
    const due: JobRecord[] = [];
    await pMap(
      page,
      async (jobId) => {
        if (seen.has(jobId)) return;
        seen.add(jobId);
        await attempt(report, jobId, async () => {
          const job = await findRecord(jobId);
          // The index may be behind the table.
          if (job && job.dueAt <= timeIn(0)) due.push(job);
        });
      },
      { concurrency: width },
    );
    const runs = await recentRuns(report, due);
    await pMap(
      due,
      async (job) => {
        if (!inTime()) return;
        const done = await attempt(report, job.jobId, () => advance(job, runs, report, glueIsFull));
        if (!done) await attempt(report, job.jobId, () => retreat(job));
        noteWait(report, job);
      },
      { concurrency: width },
    );
    if (!inTime()) return;
  }
}

/** Leaves a job that cannot be advanced alone for two minutes, then for four at a time: its failures have to stay in the metrics. */
async function retreat(job: JobRecord): Promise<void> {
  const failures = (job.failures ?? 0) + 1;
  await lookAgain(job, timeIn(failures === 1 ? 2 * minute : 4 * minute), { failures });
}

/**
 * Runs that a start with an old claim may have made. Listed after the jobs were read: a run that is not among them can only
 * come from the function that takes the claim next. Null when they could not be listed.
 */
async function recentRuns(report: ReconcileReport, due: JobRecord[]): Promise<Run[] | null> {
  const claims = due.flatMap(({ status, startClaimedAt }) =>
    status === "QUEUED" && startClaimedAt ? Date.parse(startClaimedAt) : [],
  );
  if (claims.length === 0) return [];
  let listed: Run[] | null = null;
  await attempt(report, "runs", async () => {
    const { runs, complete } = await runsSince(new Date(Math.min(...claims) - tolerance));
    if (!complete) throw new Error("There are too many runs to find those that were started");
    listed = runs;
  });
  return listed;
}

async function advance(
  job: JobRecord,
  runs: Run[] | null,
  report: ReconcileReport,
  glueIsFull: { yes: boolean },
): Promise<void> {
  switch (job.status) {
    case "PENDING_UPLOAD":
      return expireUnlessUploaded(job, report);
    case "QUEUED":
      return startUnlessStarted(job, runs, report, glueIsFull);
    case "RUNNING":
    case "CANCELLING":
      return followRun(job, report);
    case "DELETING":
      return finishDelete(job);
    case "FAILED":
      // Refused at the first look: no attempt will ever convert it.
      await removeInput(job.jobId);
      await lookAgain(job, never);
      return;
    default:
      await lookAgain(job, never);
  }
}

async function expireUnlessUploaded(job: JobRecord, report: ReconcileReport): Promise<void> {
  if ((await inputSize(job)) !== null) {
    await lookAgain(job, timeIn(day));
    return;
  }
  const { applied, job: now } = await expire(job);
  if (applied) report.expired.push(now);
}

/** Finds the run of a queued attempt, or starts it. */
async function startUnlessStarted(
  job: JobRecord,
  runs: Run[] | null,
  report: ReconcileReport,
  glueIsFull: { yes: boolean },
): Promise<void> {
  if (job.startClaimedAt) {
    if (age(job.startClaimedAt) < claimLasts || runs === null) return;
    const run = runs.find(({ jobId, attempt }) => jobId === job.jobId && attempt === job.attempt);
    if (run) return takeRun(job, run, report);
  }
  if (glueIsFull.yes) return;
  const claim = await claimStart(job);
  if (!claim.applied) return;
  const { job: now, error } = await startAttempt(claim.job);
  if (error) report.problems.push({ jobId: job.jobId, error });
  if (now?.status === "RUNNING") report.started.push(now);
  if (now?.status === "FAILED") report.ended.push({ job: now });
  if (now?.status === "QUEUED" && !error) glueIsFull.yes = true;
}

/** Makes a run that was found the one of its attempt, and ends the attempt if the run has ended. */
async function takeRun(job: JobRecord, run: Run, report: ReconcileReport): Promise<void> {
  const { state } = run;
  if (!isEndedState(state)) {
    const { error } = await adoptRun(job, run.runId);
    if (error) report.problems.push({ jobId: job.jobId, error });
    return;
  }
  const ended = await endRun({ ...run, state });
  if (ended) report.ended.push({ job: ended, run });
}

/** Ends an attempt whose run has ended, and asks again for a stop that had no effect. */
async function followRun(job: JobRecord, report: ReconcileReport): Promise<void> {
  const { runId, runningAt = job.updatedAt } = job;
  if (!runId) throw new Error(`A job is ${job.status} without a run`);
  const run = await findRun(runId);
  if (!run) {
    const missingSince = job.missingSince ?? timeIn(0);
    if (age(missingSince) < missingLasts) {
      await lookAgain(job, timeIn(minute), { missingSince });
      return;
    }
    const lost = await loseRun(job);
    if (lost) report.ended.push({ job: lost });
    return;
  }
  if (isEndedState(run.state)) return takeRun(job, run, report);
  const stopping = job.status === "CANCELLING";
  if (stopping && run.state !== "STOPPING") await stopRun(runId);
  const pause = stopping ? minute : Math.min(longestPause, Math.max(minute, age(runningAt) / 4));
  await lookAgain(job, timeIn(pause), { missingSince: undefined, failures: undefined });
}

function noteWait(report: ReconcileReport, job: JobRecord): void {
  const isWaiting = job.status === "QUEUED" || job.status === "CANCELLING";
  const moved = [...report.started, ...report.ended.map(({ job }) => job)];
  if (!isWaiting || moved.some(({ jobId }) => jobId === job.jobId)) return;
  const wait = age(job.status === "QUEUED" ? (job.startedAt ?? job.updatedAt) : job.updatedAt);
  report.longestWait = Math.max(report.longestWait, wait);
  if (wait > stuckAfter) report.stuck.push(job);
}

/** Stops runs that work for a job that is gone, for an attempt that has ended, or beside another run of the same attempt. */
async function stopOrphans(report: ReconcileReport, inTime: () => boolean): Promise<void> {
  const { runs } = await runsSince(new Date(Date.now() - orphanLookBack));
  const live = runs.filter(({ state }) => !isEndedState(state) && state !== "STOPPING");
  await pMap(
    live,
    async (run) => {
      if (!inTime()) return;
      await attempt(report, run.jobId, async () => {
        const job = await findRecord(run.jobId);
        if (job?.attempt !== run.attempt) return stopRun(run.runId);
        if (job.status === "QUEUED") return takeRun(job, run, report);
        const isItsRun = job.runId === run.runId && (job.status === "RUNNING" || job.status === "CANCELLING");
        if (!isItsRun) await stopRun(run.runId);
      });
    },
    { concurrency: width },
  );
}

/** How far a regular search has come. */
export interface Search {
  /** When its next step is due. */
  dueAt: string;
  /** Last key prefix that was looked at; absent before the first. */
  after?: string;
}

/** The one item that keeps how far the reconciler's searches for runs and objects without a job have come. */
const searchesModel = {
  model: { service: "unparquet", entity: "searches", version: "1" },
  attributes: { searches: { type: CustomAttributeType<Record<string, Search>>("any"), required: true } },
  indexes: {
    searches: {
      pk: { field: jobTable.primaryIndex.hashKey, composite: [], casing: "none" },
      sk: { field: jobTable.primaryIndex.rangeKey, composite: [], casing: "none" },
    },
  },
} as const;

export const searches = lazy(() => new Entity(searchesModel, tableConfiguration()));

/** How often all objects are gone through: often enough that what has no job is removed within a day. */
const everyPass = 6 * hour;
/** Objects younger than this are left alone. */
const youngest = hour;
/** Jobs looked at in one step: as many as S3 lists at once. */
const objectPageSize = 1000;

/** A step of a search, from where the last one stopped. Answers where the next one starts, and when. */
type Step = (after: string | undefined) => Promise<Search>;

/** Makes a step of each search that is due, as long as there is time. A step that fails is made again by the next call. */
export async function continueSearches(inTime: () => boolean, steps: Record<string, Step>): Promise<void> {
  const { data } = await searches().get({}).go({ consistent: true });
  const known = data?.searches ?? {};
  const next = { ...known };
  const failures: unknown[] = [];
  for (const [name, step] of Object.entries(steps)) {
    const { dueAt = "", after } = known[name] ?? {};
    if (dueAt > timeIn(0) || !inTime()) continue;
    try {
      next[name] = await step(after);
    } catch (error) {
      failures.push(error);
    }
  }
  if (Object.keys(next).some((name) => next[name] !== known[name]))
    await searches().put({ searches: next }).go();
  if (failures.length > 0) throw failures[0];
}

/**
 * Remove objects without a job: a late upload to a presigned URL, or what a run wrote after its job was deleted. A job's record
 * is made before its objects and removed after them, so an object without one is never needed.
 */
export const objectSearches: Record<string, Step> = {
  [uploadsPrefix]: (after) => sweepPage(inputBucket(), uploadsPrefix, after),
  [outputsPrefix]: (after) => sweepPage(outputBucket(), outputsPrefix, after),
  [reportsPrefix]: (after) => sweepPage(outputBucket(), reportsPrefix, after),
};

async function sweepPage(Bucket: string, prefix: string, after: string | undefined): Promise<Search> {
  const { CommonPrefixes = [], IsTruncated } = await s3().send(
    new ListObjectsV2Command({
      Bucket,
      Prefix: prefix,
      Delimiter: "/",
      MaxKeys: objectPageSize,
      ...(after && { StartAfter: after }),
    }),
  );
  const folders = CommonPrefixes.flatMap(({ Prefix }) => Prefix ?? []);
  const jobIds = folders.flatMap((folder) => JobId.safeParse(folder.slice(prefix.length, -1)).data ?? []);
  const kept = await existing(jobIds);
  for (const jobId of jobIds) if (!kept.has(jobId)) await removeOld(Bucket, `${prefix}${jobId}/`);
  const last = folders.at(-1);
  return IsTruncated && last ? { dueAt: timeIn(0), after: last } : { dueAt: timeIn(everyPass) };
}

/** Those of the ids that have a record, whatever its status. */
async function existing(jobIds: string[]): Promise<Set<string>> {
  if (jobIds.length === 0) return new Set();
  const { data, unprocessed } = await jobs()
    .get(jobIds.map((jobId) => ({ jobId })))
    .go({ consistent: true, attributes: ["jobId"], concurrent: 4 });
  // What DynamoDB did not get to is looked at in the next pass.
  return new Set([...data, ...unprocessed].map(({ jobId }) => jobId));
}

async function removeOld(Bucket: string, Prefix: string): Promise<void> {
  const { Contents = [] } = await s3().send(new ListObjectsV2Command({ Bucket, Prefix }));
  const isYoung = Contents.some(({ LastModified }) => Date.now() - (LastModified?.getTime() ?? 0) < youngest);
  if (!isYoung) await removeAll(Bucket, Prefix);
}
