import pMap from "p-map";
import { hasEnded, type Lane, type Run } from "../lanes/lane.ts";
import { laneOf, lanes } from "../lanes/lanes.ts";
import { inputSize } from "../storage/input.ts";
import { removeInput } from "../storage/objects.ts";
import { finishDelete } from "./jobs.ts";
import { findRecord, type JobRecord, jobs } from "./record.ts";
import { adoptRun, endRun, loseRun, startAttempt } from "./run.ts";
import { objectSearches, runSearches } from "./sweep.ts";
import { claimStart, claimTimeout, day, expire, minute, never, postpone, timeIn } from "./transitions.ts";

/** A job that is queued or cancelling for longer is reported as stuck. */
const stuckAfter = 15 * minute;
/** A run that its lane does not know for longer is lost. */
const missingTimeout = 5 * minute;
/** Allowed difference between a lane's clock and ours. */
const clockSkew = minute;
/** How far back to look for orphaned runs: longer than a run may wait and work. */
const orphanLookBack = day;
const orphanEvery = 10 * minute;
/** Running jobs are checked less and less often, at least this often: normally their event ends them. */
const longestPause = 10 * minute;

const concurrency = 8;
const pageSize = 50;
/** Milliseconds for due jobs, and in total. The function has a timeout of 50 seconds. */
const dueBudget = 25_000;
const budget = 40_000;

/** What one call did. The next calls retry what is in `errors`. */
export interface ReconcileReport {
  started: JobRecord[];
  /** With the run that ended, if its lane knows one. */
  ended: { job: JobRecord; run?: Run }[];
  expired: JobRecord[];
  stuck: JobRecord[];
  /** Milliseconds that the oldest such job has been queued or cancelling, or 0. */
  longestWait: number;
  errors: { jobId: string; error: unknown }[];
}

const age = (since: string) => Date.now() - Date.parse(since);

/**
 * Advances every job that is due, oldest first, after missed events, lost responses or crashed functions. Then removes runs and
 * objects that belong to no job. Works within a time limit and is safe to run concurrently.
 */
export async function reconcile(): Promise<ReconcileReport> {
  const began = Date.now();
  const report: ReconcileReport = {
    started: [],
    ended: [],
    expired: [],
    stuck: [],
    longestWait: 0,
    errors: [],
  };
  await advanceDueJobs(report, began + dueBudget);
  const inTime = () => Date.now() < began + budget;
  await attempt(report, "searches", () =>
    runSearches(inTime, {
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
    report.errors.push({ jobId, error });
    return false;
  }
}

/** Pages of the ids of due jobs, oldest first. */
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
  // Once a lane is full, this call starts no further runs in it.
  const full = new Set<Lane>();
  for await (const page of dueJobs()) {
    const due: JobRecord[] = [];
    await pMap(
      page,
      async (jobId) => {
        if (seen.has(jobId)) return;
        seen.add(jobId);
        await attempt(report, jobId, async () => {
          const job = await findRecord(jobId);
          // The index may lag behind the table.
          if (job && job.dueAt <= timeIn(0)) due.push(job);
        });
      },
      { concurrency },
    );
    const runs = await recentRuns(report, due);
    await pMap(
      due,
      async (job) => {
        if (!inTime()) return;
        const done = await attempt(report, job.jobId, () => advance(job, runs, report, full));
        if (!done) await attempt(report, job.jobId, () => backOff(job));
        noteWait(report, job);
      },
      { concurrency },
    );
    if (!inTime()) return;
  }
}

/** Postpones a job that failed by two, then four minutes: no longer, so that its failures stay visible in the metrics. */
async function backOff(job: JobRecord): Promise<void> {
  const failures = (job.failures ?? 0) + 1;
  await postpone(job, timeIn(failures === 1 ? 2 * minute : 4 * minute), { failures });
}

/**
 * Finds runs that a start with an expired claim may have made, by lane, without the lanes that failed to tell. Called after the
 * jobs were read: a run that is not found can only come from the next function that claims the start.
 */
async function recentRuns(report: ReconcileReport, due: JobRecord[]): Promise<Map<Lane, Run[]>> {
  const found = new Map<Lane, Run[]>();
  for (const lane of Object.values(lanes)) {
    const claimed = due.filter(
      (job) => job.status === "QUEUED" && job.startClaimedAt && laneOf(job) === lane,
    );
    if (claimed.length === 0) continue;
    const earliest = Math.min(...claimed.map(({ startClaimedAt = "" }) => Date.parse(startClaimedAt)));
    await attempt(report, "runs", async () => {
      found.set(lane, await lane.findAll(claimed, new Date(earliest - clockSkew)));
    });
  }
  return found;
}

async function advance(
  job: JobRecord,
  runs: Map<Lane, Run[]>,
  report: ReconcileReport,
  full: Set<Lane>,
): Promise<void> {
  switch (job.status) {
    case "PENDING_UPLOAD":
      return expireUnlessUploaded(job, report);
    case "QUEUED":
      return startUnlessStarted(job, runs, report, full);
    case "RUNNING":
    case "CANCELLING":
      return followRun(job, report);
    case "DELETING":
      return finishDelete(job);
    case "FAILED":
      // The file failed the check, so no attempt will convert it.
      await removeInput(job.jobId);
      await postpone(job, never);
      return;
    default:
      await postpone(job, never);
  }
}

async function expireUnlessUploaded(job: JobRecord, report: ReconcileReport): Promise<void> {
  if ((await inputSize(job)) !== null) {
    await postpone(job, timeIn(day));
    return;
  }
  const { applied, job: now } = await expire(job);
  if (applied) report.expired.push(now);
}

/** Finds the run of a queued attempt, or starts one. */
async function startUnlessStarted(
  job: JobRecord,
  runs: Map<Lane, Run[]>,
  report: ReconcileReport,
  full: Set<Lane>,
): Promise<void> {
  if (job.startClaimedAt) {
    const known = runs.get(laneOf(job));
    if (age(job.startClaimedAt) < claimTimeout || !known) return;
    const run = known.find(({ jobId, attempt }) => jobId === job.jobId && attempt === job.attempt);
    if (run) return takeRun(job, run, report);
  }
  if (full.has(laneOf(job))) return;
  const claim = await claimStart(job);
  if (!claim.applied) return;
  const { job: now, error } = await startAttempt(claim.job);
  if (error) report.errors.push({ jobId: job.jobId, error });
  if (now.status === "RUNNING") report.started.push(now);
  if (now.status === "FAILED") report.ended.push({ job: now });
  if (now.status === "QUEUED" && !error) full.add(laneOf(job));
}

/** Assigns a run to its attempt, and ends the attempt if the run has ended. */
async function takeRun(job: JobRecord, run: Run, report: ReconcileReport): Promise<void> {
  if (!hasEnded(run)) {
    const { error } = await adoptRun(job, run.runId);
    if (error) report.errors.push({ jobId: job.jobId, error });
    return;
  }
  const ended = await endRun(run);
  if (ended) report.ended.push({ job: ended, run });
}

/** Ends an attempt whose run has ended or is lost, and repeats a stop request that had no effect. */
async function followRun(job: JobRecord, report: ReconcileReport): Promise<void> {
  const { runId, runningAt = job.updatedAt } = job;
  if (!runId) throw new Error(`A ${job.status} job has no run`);
  const run = await laneOf(job).find(job);
  if (!run) {
    const missingSince = job.missingSince ?? timeIn(0);
    if (age(missingSince) < missingTimeout) {
      await postpone(job, timeIn(minute), { missingSince });
      return;
    }
    const lost = await loseRun(job);
    if (lost) report.ended.push({ job: lost });
    return;
  }
  if (hasEnded(run)) return takeRun(job, run, report);
  const stopping = job.status === "CANCELLING";
  if (stopping && run.state !== "STOPPING") await laneOf(job).stop(job);
  const pause = stopping ? minute : Math.min(longestPause, Math.max(minute, age(runningAt) / 4));
  await postpone(job, timeIn(pause), { missingSince: undefined, failures: undefined });
}

function noteWait(report: ReconcileReport, job: JobRecord): void {
  const isWaiting = job.status === "QUEUED" || job.status === "CANCELLING";
  const advanced = [...report.started, ...report.ended.map(({ job }) => job)];
  if (!isWaiting || advanced.some(({ jobId }) => jobId === job.jobId)) return;
  const wait = age(job.status === "QUEUED" ? (job.startedAt ?? job.updatedAt) : job.updatedAt);
  report.longestWait = Math.max(report.longestWait, wait);
  if (wait > stuckAfter) report.stuck.push(job);
}

/** Stops runs whose job is gone, whose attempt has ended, or whose attempt has another run. */
async function stopOrphans(report: ReconcileReport, inTime: () => boolean): Promise<void> {
  const since = new Date(Date.now() - orphanLookBack);
  const live = (await Promise.all(Object.values(lanes).map((lane) => lane.live(since)))).flat();
  await pMap(
    live,
    async (run) => {
      if (!inTime()) return;
      await attempt(report, run.jobId, async () => {
        const job = await findRecord(run.jobId);
        if (job?.attempt !== run.attempt) return laneOf(run).stop(run);
        if (job.status === "QUEUED") return takeRun(job, run, report);
        const isItsRun = job.runId === run.runId && (job.status === "RUNNING" || job.status === "CANCELLING");
        if (!isItsRun) await laneOf(run).stop(run);
      });
    },
    { concurrency },
  );
}
