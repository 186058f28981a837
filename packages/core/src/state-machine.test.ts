import fc from "fast-check";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { cancelJob } from "./cancel.ts";
import { UnparquetError } from "./errors.ts";
import { endRun } from "./finish.ts";
import { isEndedState } from "./glue/runs.ts";
import type { JobRecord } from "./job/entity.ts";
import { findRecord, visible } from "./job/find.ts";
import { isEnded } from "./job/schema.ts";
import { reconcile } from "./reconcile.ts";
import { deleteJob } from "./remove.ts";
import { manifestKey } from "./storage/keys.ts";
import { keysOf, parquetLike, putInput, putOutput } from "./testing/objects.ts";
import { jobs, rawItem, result } from "./testing/records.ts";
import { type ScriptedGlue, startScriptedGlue } from "./testing/scripted-glue.ts";
import { retryJob, triggerJob } from "./trigger.ts";

let glue: ScriptedGlue;
beforeAll(async () => {
  glue = await startScriptedGlue();
});
afterAll(() => glue.close());
afterEach(() => vi.useRealTimers());

const { columnsOmitted: _, ...written } = result;
const manifests = {
  SUCCEEDED: { ...written, status: "SUCCEEDED" },
  FAILED: { status: "FAILED", error: { code: "corrupt_file", message: "page 3" } },
};

/** What may happen to a job, in any order, twice, and two at once. Numbers choose among the runs there are. */
const action = fc.oneof(
  fc
    .constantFrom("trigger", "retry", "cancel", "delete", "reconcile", "wait" as const)
    .map((kind) => ({ kind })),
  fc.record({
    kind: fc.constant("glue ends a run" as const),
    run: fc.nat(5),
    state: fc.constantFrom("SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED"),
    manifest: fc.constantFrom("SUCCEEDED", "FAILED", undefined),
  }),
  fc.record({ kind: fc.constant("an event arrives" as const), run: fc.nat(5) }),
  fc.record({
    kind: fc.constant("the next start goes" as const),
    how: fc.constantFrom("lose", "full", "throttle", "refuse", "fault"),
  }),
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

/** What a caller may be told; anything else is a mistake of ours. */
const refused = (error: unknown) => {
  if (!(error instanceof UnparquetError)) throw error;
};

const at = (run: number) => glue.runs[run % Math.max(1, glue.runs.length)];

const perform = async (act: Action, jobId: string): Promise<unknown> => {
  switch (act.kind) {
    case "trigger":
      return triggerJob(jobId).catch(refused);
    case "retry":
      return retryJob(jobId).catch(refused);
    case "cancel":
      return cancelJob(jobId).catch(refused);
    case "delete":
      return deleteJob(jobId).catch(refused);
    case "reconcile":
      return reconcile();
    case "wait":
      // Longer than a claim lasts, and than the reconciler waits.
      vi.setSystemTime(Date.now() + 90_000);
      return reconcile();
    case "the next start goes":
      return glue.next.push(act.how);
    case "glue ends a run": {
      const run = at(act.run);
      if (!run || isEndedState(run.state)) return;
      if (act.manifest) await putOutput(manifestKey(run), manifests[act.manifest]);
      run.state = act.state;
      run.endedAt = new Date();
      return;
    }
    case "an event arrives": {
      const run = at(act.run);
      return run && isEndedState(run.state) ? endRun({ ...run, state: run.state }) : undefined;
    }
  }
};

/** What must hold after every step, whatever came before it. */
const expectSound = async (jobId: string, before: JobRecord | null): Promise<JobRecord | null> => {
  const job = await findRecord(jobId);
  if (!job) return null;
  expect(await rawItem(jobId)).toMatchObject({
    gsi1pk: `$unparquet#status_${job.status}`,
    gsi1sk: `$job_1#createdAt_${job.createdAt}#jobId_${jobId}`,
  });
  expect(job.attempts.map(({ attempt }) => attempt)).toEqual(job.attempts.map((_, index) => index + 1));
  const current = job.attempts.at(-1);
  if (current) expect(current.attempt).toBe(job.attempt);
  if (current && job.status !== "DELETING") expect(current.status).toBe(job.status);
  for (const entry of job.attempts) expect(entry.endedAt !== undefined).toBe(isEnded(entry.status));

  expect(job.attempt).toBeGreaterThanOrEqual(before?.attempt ?? 1);
  for (const entry of before?.attempts ?? []) {
    const now = job.attempts[entry.attempt - 1];
    if (isEnded(entry.status)) expect(now).toEqual(entry);
    if (entry.glueRunId) expect(now?.glueRunId).toBe(entry.glueRunId);
  }
  return job;
};

test("no order of calls, events and faults breaks a job", async () => {
  // Only the clock is ours, so that claims grow old within a test.
  vi.useFakeTimers({ toFake: ["Date"] });
  const steps = fc.array(fc.array(action, { minLength: 1, maxLength: 2 }), { maxLength: 14 });
  await fc.assert(
    fc.asyncProperty(steps, async (given) => {
      glue.runs.length = 0;
      glue.next.length = 0;
      glue.stopped.length = 0;
      const { jobId, filename } = await jobs.pending();
      await putInput({ jobId, filename }, parquetLike());
      let job = await findRecord(jobId);
      for (const together of given) {
        await Promise.all(together.map((act) => perform(act, jobId)));
        const before = job;
        job = await expectSound(jobId, before);
        if (!before) expect(job).toBeNull();
      }

      // From now on nothing goes wrong any more, and Glue does what it is asked to.
      glue.next.length = 0;
      const started = job?.status !== "PENDING_UPLOAD";
      for (let round = 0; round < 3; round += 1) {
        vi.setSystemTime(Date.now() + 90_000);
        await reconcile();
        const { attempts = [] } = (await findRecord(jobId)) ?? {};
        for (const run of glue.runs.filter(({ state }) => !isEndedState(state))) {
          const stopped = glue.stopped.includes(run.runId);
          // Of the runs of an attempt one is let go on at most.
          expect(stopped || attempts[run.attempt - 1]?.glueRunId === run.runId).toBe(true);
          if (!stopped) await putOutput(manifestKey(run), manifests.SUCCEEDED);
          run.state = stopped ? "STOPPED" : "SUCCEEDED";
          run.endedAt = new Date();
        }
      }
      job = await expectSound(jobId, job);
      if (job && started) expect(isEnded(visible(job, jobId).status)).toBe(true);
      // What was deleted is gone with all it had.
      if (!job) expect(await keysOf(jobId)).toEqual([]);
    }),
    { numRuns: 25 },
  );
});
