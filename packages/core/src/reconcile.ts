import { forEachOf } from "./concurrency.ts";
import { endRun, loseRun } from "./finish.ts";
import { findRun, isEndedState, type Run, runsSince, stopRun } from "./glue/runs.ts";
import { type JobRecord, jobs } from "./job/entity.ts";
import { findRecord } from "./job/find.ts";
import type { StoredStatus } from "./job/status.ts";
import { claimStart, currentAttempt, expire, recordInputSeen } from "./job/transitions.ts";
import { finishDelete } from "./remove.ts";
import { adoptRun, startAttempt } from "./start.ts";
import { inputExists } from "./storage/input.ts";
import { removeOutputs } from "./storage/remove.ts";

const minute = 60_000;
const hour = 60 * minute;

/** A start nobody reported on for this long is over: longer than any function that starts runs may take. */
const claimLasts = minute;
const pendingLasts = 24 * hour;
/** Queued or cancelling for longer, a job needs a person to look at it. */
const stuckAfter = 15 * minute;
/** A run that ended this lately may have written after its job was deleted. */
const lately = 10 * minute;
/** Glue's clock and ours differ, and what Glue was told a moment ago it may not show yet. */
const tolerance = minute;

const width = 8;

/** What a round did. `problems`: what failed, for the log; the next round tries again. */
export interface Round {
  started: JobRecord[];
  /** With the run that ended, where Glue knows one. */
  ended: { job: JobRecord; run?: Run }[];
  expired: JobRecord[];
  stuck: JobRecord[];
  /** Milliseconds that the oldest job still queued or cancelling has been so; 0 without one. */
  longestWait: number;
  problems: { jobId: string; problem: unknown }[];
}

const age = (since: string | Date) => Date.now() - new Date(since).getTime();
const startedAt = (job: JobRecord) => currentAttempt(job)?.startedAt ?? job.updatedAt;

const withStatus = async (status: StoredStatus): Promise<JobRecord[]> => {
  const { data } = await jobs().query.byStatus({ status }).go({ order: "asc", pages: "all" });
  return data;
};

const pendingFor = async (duration: number): Promise<JobRecord[]> => {
  const createdAt = new Date(Date.now() - duration).toISOString();
  const query = jobs().query.byStatus({ status: "PENDING_UPLOAD" }).lt({ createdAt });
  return (await query.go({ order: "asc", pages: "all" })).data;
};

/** Whether the run is the one of the job's current attempt, or may become it. */
const belongs = (run: Run, job: JobRecord) =>
  job.attempt === run.attempt && (job.status === "QUEUED" || currentAttempt(job)?.glueRunId === run.runId);

/** A run that nobody waits for: of a job that is deleted, or of an attempt that has ended or has another run. */
const endOrphan = async (run: Run): Promise<void> => {
  const job = await findRecord(run.jobId);
  if (isEndedState(run.state)) {
    if (!job) await removeOutputs(run.jobId);
  } else if (!job || !belongs(run, job)) {
    await stopRun(run.runId);
  }
};

const expireUnlessUploaded = async (job: JobRecord, round: Round): Promise<void> => {
  if (job.inputSeenAt && age(job.inputSeenAt) < pendingLasts) return;
  if (await inputExists(job)) {
    await recordInputSeen(job);
    return;
  }
  const outcome = await expire(job);
  if (outcome.moved) round.expired.push(outcome.job);
};

/**
 * Finds the run of a queued attempt, or starts it. `runs` were listed after the job was read: a run that is not among them
 * can only come from whoever takes the claim next.
 */
const startUnlessStarted = async (job: JobRecord, runs: Run[], round: Round): Promise<"busy" | undefined> => {
  if (job.startClaimedAt && age(job.startClaimedAt) < claimLasts) return;
  const run = runs.find(({ jobId, attempt }) => jobId === job.jobId && attempt === job.attempt);
  if (run) {
    const { state } = run;
    const ended = isEndedState(state) ? await endRun({ ...run, state }) : null;
    if (ended) round.ended.push({ job: ended, run });
    if (!isEndedState(state)) await adoptRun(job, run.runId);
    return;
  }
  const claim = await claimStart(job);
  if (!claim.moved) return;
  const { job: now, problem } = await startAttempt(claim.job);
  if (problem) round.problems.push({ jobId: job.jobId, problem });
  if (now?.status === "RUNNING") round.started.push(now);
  if (now?.status === "FAILED") round.ended.push({ job: now });
  return now?.status === "QUEUED" && !problem ? "busy" : undefined;
};

/** Ends an attempt whose run has ended, and asks again for a stop that was not heard. */
const followRun = async (job: JobRecord, runs: Run[], round: Round): Promise<void> => {
  const runId = currentAttempt(job)?.glueRunId;
  if (!runId) return;
  const run = runs.find((candidate) => candidate.runId === runId) ?? (await findRun(runId));
  if (!run) {
    const lost = age(job.updatedAt) > tolerance ? await loseRun(job) : null;
    if (lost) round.ended.push({ job: lost });
    return;
  }
  const { state } = run;
  if (isEndedState(state)) {
    const ended = await endRun({ ...run, state });
    if (ended) round.ended.push({ job: ended, run });
  } else if (job.status === "CANCELLING" && state !== "STOPPING") {
    await stopRun(runId);
  }
};

/**
 * Brings every unfinished job on, whatever was missed: events about runs, answers of Glue, functions that broke off. Does no
 * harm when it runs twice at once.
 */
export const reconcile = async (): Promise<Round> => {
  const round: Round = { started: [], ended: [], expired: [], stuck: [], longestWait: 0, problems: [] };
  const attempt = async (jobId: string, work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (problem) {
      round.problems.push({ jobId, problem });
    }
  };

  const [queued, running, cancelling, pending, deleting] = await Promise.all([
    withStatus("QUEUED"),
    withStatus("RUNNING"),
    withStatus("CANCELLING"),
    pendingFor(pendingLasts),
    withStatus("DELETING"),
  ]);
  const since = Math.min(
    Date.now() - lately,
    ...[...queued, ...running, ...cancelling].map((job) => Date.parse(startedAt(job))),
  );
  const runs = await runsSince(new Date(since - tolerance));

  await forEachOf([...running, ...cancelling], width, (job) =>
    attempt(job.jobId, () => followRun(job, runs, round)),
  );
  let busy = false;
  await forEachOf(queued, width, (job) =>
    attempt(job.jobId, async () => {
      if (!busy) busy = (await startUnlessStarted(job, runs, round)) === "busy";
    }),
  );
  const followed = new Set([...running, ...cancelling].map((job) => currentAttempt(job)?.glueRunId));
  const orphans = runs.filter(
    (run) =>
      !followed.has(run.runId) && (!run.endedAt || age(run.endedAt) < lately) && run.state !== "STOPPING",
  );
  await forEachOf(orphans, width, (run) => attempt(run.jobId, () => endOrphan(run)));
  await forEachOf(pending, width, (job) => attempt(job.jobId, () => expireUnlessUploaded(job, round)));
  await forEachOf(
    deleting.filter((job) => age(job.updatedAt) > claimLasts),
    width,
    (job) => attempt(job.jobId, () => finishDelete(job)),
  );

  const moved = new Set([...round.started, ...round.ended.map(({ job }) => job)].map(({ jobId }) => jobId));
  const waits = [
    ...queued.map((job) => ({ job, wait: age(startedAt(job)) })),
    ...cancelling.map((job) => ({ job, wait: age(job.updatedAt) })),
  ].filter(({ job }) => !moved.has(job.jobId));
  round.longestWait = Math.max(0, ...waits.map(({ wait }) => wait));
  round.stuck.push(...waits.filter(({ wait }) => wait > stuckAfter).map(({ job }) => job));
  return round;
};
