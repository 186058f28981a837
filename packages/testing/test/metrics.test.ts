import { createJobId } from "@unparquet/core/job/schema";
import { queue, recordRun } from "@unparquet/core/job/transitions";
import { glueJobName } from "@unparquet/core/lanes/shell";
import { manifestKey } from "@unparquet/core/storage/keys";
import { handler as reconcile } from "@unparquet/functions/reconcile";
import { handler as runEnded } from "@unparquet/functions/run-ended";
import { Resource } from "sst";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { putOutput } from "../src/fixtures/objects.ts";
import { applied, checked, jobs, result } from "../src/fixtures/records.ts";
import { type ScriptedGlue, startScriptedGlue } from "../src/glue/scripted-glue.ts";

// The metrics that alarms watch, as the functions write them to their logs in the embedded metric format.
let glue: ScriptedGlue;
beforeAll(async () => {
  glue = await startScriptedGlue();
});
afterEach(() => {
  vi.useRealTimers();
});
afterAll(() => glue.close());

async function metricsOf(work: () => Promise<unknown>): Promise<Record<string, unknown>> {
  const lines: string[] = [];
  const write = vi.spyOn(process.stdout, "write").mockImplementation((line) => lines.push(String(line)) > 0);
  await work().finally(() => write.mockRestore());
  const metrics = lines.filter((line) => line.startsWith('{"_aws"')).map((line): object => JSON.parse(line));
  return Object.assign({}, ...metrics);
}

/** Ends the run of a running job. */
async function endRun(state: string, bytes?: number): Promise<void> {
  const job = await jobs.running(`jr_${createJobId()}`);
  const { runId = "", jobId } = job;
  if (bytes !== undefined) await putOutput(manifestKey(job), { ...result, bytes, status: "SUCCEEDED" });
  const run = { runId, jobId, attempt: 1, message: "", startedAt: new Date(), executionSeconds: 90 };
  glue.runs.unshift({ ...run, state, endedAt: new Date() });
  await runEnded({ detail: { jobName: glueJobName(), jobRunId: runId, state } });
}

test.each([
  ["TIMEOUT", { RunTimeout: 1, JobBroken: 1, JobFailed: 1 }],
  ["ERROR", { RunError: 1, JobBroken: 1, JobFailed: 1 }],
  ["FAILED", { JobBroken: 1, JobFailed: 1 }],
  ["STOPPED", { JobCancelled: 1 }],
])("a run that ends %s is counted", async (state, expected) => {
  const metrics = await metricsOf(() => endRun(state));
  const counted = ["RunTimeout", "RunError", "JobBroken", "JobFailed", "JobCancelled"];
  expect(
    Object.fromEntries(counted.flatMap((name) => (metrics[name] ? [[name, metrics[name]]] : []))),
  ).toEqual(expected);
});

test("a successful run is counted with its output", async () => {
  expect(await metricsOf(() => endRun("SUCCEEDED", 1234))).toMatchObject({
    JobSucceeded: 1,
    OutputBytes: 1234,
  });
});

test("a run is measured in the DPU seconds that Glue bills", async () => {
  expect(await metricsOf(() => endRun("STOPPED"))).toMatchObject({ GlueDpuSeconds: 90 * 0.0625 });
});

test("a run in the lane spark is counted with what Glue bills for its workers", async () => {
  Object.assign(Resource.SparkJob, { name: "spark", workersMax: 51 });
  const spark = { ...checked(), lane: "spark" as const, workers: 6 };
  const runId = `jr_${createJobId()}`;
  const { jobId } = await applied(recordRun(await applied(queue(await jobs.pending(), spark)), runId));
  const run = { runId, jobId, attempt: 1, jobName: "spark", workers: 6, executionSeconds: 90 };
  glue.runs.unshift({ ...run, state: "STOPPED", message: "", startedAt: new Date(), endedAt: new Date() });
  const event = { detail: { jobName: "spark", jobRunId: runId, state: "STOPPED" } };
  const metrics = await metricsOf(() => runEnded(event));
  Resource.SparkJob.name = "";
  expect(metrics).toMatchObject({ JobCancelled: 1, SparkRuns: 1, SparkDpuSeconds: 6 * 90 });
  expect(metrics).not.toHaveProperty("GlueRuns");
});

test("the reconciler reports jobs that it cannot start, and how long they have waited", async () => {
  expect(await metricsOf(() => reconcile({}))).toMatchObject({ ReconcileProblem: 0, StuckAge: 0 });
  await jobs.queued();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 16 * 60_000 });
  glue.next = ["fault"];
  const { ReconcileProblem, StuckAge } = await metricsOf(() => reconcile({}));
  expect(ReconcileProblem).toBe(1);
  expect(StuckAge).toBeGreaterThanOrEqual(15 * 60);
});
