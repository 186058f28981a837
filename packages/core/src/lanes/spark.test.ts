import { putInput, threeRows } from "@unparquet/testing/fixtures/objects";
import { applied, jobs } from "@unparquet/testing/fixtures/records";
import { type ScriptedGlue, startScriptedGlue } from "@unparquet/testing/glue/scripted-glue";
import { Resource } from "sst";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { findRecord } from "../job/record.ts";
import { cancelJob, retryJob, triggerJob } from "../job/run.ts";
import { createJobId } from "../job/schema.ts";
import { fail } from "../job/transitions.ts";
import { laneOfGlueJob } from "./lanes.ts";
import { spark, workersFor } from "./spark.ts";

let glue: ScriptedGlue;
beforeAll(async () => {
  glue = await startScriptedGlue();
});
beforeEach(() => {
  Object.assign(Resource.SparkJob, { name: "spark", outputMinBytes: 1, workersMax: 51, flex: false });
});
afterAll(() => glue.close());

const uploaded = async () => {
  const job = await jobs.pending();
  await putInput(job, threeRows);
  return job;
};

test("a run has a worker for each 20 GB of JSON and one for the driver, within the stage's limit", () => {
  expect([0, 20e9, 20e9 + 1, 100e9, 1e12, 1e15].map(workersFor)).toEqual([2, 2, 3, 6, 51, 51]);
});

test("a large output runs in the Glue job of the lane spark", async () => {
  Resource.SparkJob.flex = true;
  const { job } = await triggerJob((await uploaded()).jobId);
  expect(job).toMatchObject({ status: "RUNNING", lane: "spark", workers: 2 });
  expect(glue.runs[0]).toMatchObject({ jobName: "spark", workers: 2, executionClass: "FLEX" });
  expect(glue.runs[0]?.capacity).toBeUndefined();
  expect(await spark.find(job)).toMatchObject({ lane: "spark", state: "LIVE" });
  await cancelJob(job.jobId);
  expect(glue.stopped).toEqual([job.runId]);
});

test("a run that waits for its start reserves an hour of each worker", async () => {
  const { job } = await triggerJob((await uploaded()).jobId);
  expect(job.reserved).toMatchObject({ sparkDpuSeconds: 2 * 3600 });
  expect(job.reserved).not.toHaveProperty("dpuSeconds");
});

test("a small output that a whole DPU could not convert gets the workers of the smallest large one", async () => {
  Resource.SparkJob.outputMinBytes = 100e9;
  const job = await applied(fail(await jobs.running(), { code: "timed_out", message: "" }));
  await putInput(job, threeRows);
  expect((await retryJob(job.jobId)).job).toMatchObject({ lane: "shell", capacity: 1 });
  const failed = await applied(
    fail((await findRecord(job.jobId)) ?? job, { code: "timed_out", message: "" }),
  );
  expect((await retryJob(failed.jobId)).job).toMatchObject({ attempt: 3, lane: "spark", workers: 6 });
});

test.each([
  ["by the second", 90, undefined, 90 * 6],
  ["at least a minute", 10, undefined, 60 * 6],
  ["as Glue reports it", 90, 123, 123],
  ["not at all before it works", 0, undefined, 0],
])("a run is billed %s", async (_, executionSeconds, dpuSeconds, sparkDpuSeconds) => {
  const runId = `jr_${createJobId()}`;
  glue.runs.unshift({
    ...{ runId, jobId: createJobId(), attempt: 1, jobName: "spark", workers: 6 },
    ...{ state: "SUCCEEDED", message: "", startedAt: new Date(), executionSeconds },
    ...(dpuSeconds !== undefined && { dpuSeconds }),
  });
  const run = await spark.find({ jobId: "", attempt: 1, runId });
  expect(run?.billed).toEqual({ sparkDpuSeconds });
});

test.each([
  ["Error Category: OUT_OF_MEMORY_ERROR; Spark driver ran out of memory", "OUT_OF_MEMORY"],
  ["java.lang.OutOfMemoryError: Java heap space", "OUT_OF_MEMORY"],
  ["Container killed by YARN for exceeding memory limits.", "OUT_OF_MEMORY"],
  ["The executor with id 3 exited with exit code 137(SIGKILL, possible container OOM).", "OUT_OF_MEMORY"],
  ["Command failed with exit code 10", "FAILED"],
])("a run that failed with the message '%s' ended %s", async (message, state) => {
  const { job } = await triggerJob((await uploaded()).jobId);
  const { runId = "" } = job;
  expect(await spark.findChanged(runId, { state: "FAILED", message })).toMatchObject({ state, message });
});

test("a stage without the lane knows no run of it, and asks Glue for none", async () => {
  Resource.SparkJob.name = "";
  const run = { jobId: createJobId(), attempt: 1, runId: "jr_1" };
  expect(await spark.find(run)).toBeNull();
  expect(await spark.findAll([run], new Date(0))).toEqual([]);
  expect(await spark.live(new Date(0))).toEqual([]);
  await spark.stop(run);
  expect(glue.stopped).not.toContain("jr_1");
  expect(laneOfGlueJob("spark")).toBeUndefined();
});

test("each lane of Glue lists only the runs of its own job", async () => {
  await triggerJob((await uploaded()).jobId);
  const names = [Resource.GlueJob.name, "spark"].map((name) => laneOfGlueJob(name));
  const [shellRuns = [], sparkRuns = []] = await Promise.all(
    names.map((lane) => lane?.live(new Date(0)) ?? []),
  );
  expect(new Set(shellRuns.map(({ lane }) => lane))).toEqual(new Set(["shell"]));
  expect(new Set(sparkRuns.map(({ lane }) => lane))).toEqual(new Set(["spark"]));
});
