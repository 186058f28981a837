import { putInput, threeRows } from "@unparquet/testing/fixtures/objects";
import { applied, jobs } from "@unparquet/testing/fixtures/records";
import { type ScriptedGlue, startScriptedGlue } from "@unparquet/testing/glue/scripted-glue";
import { Resource } from "sst";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { retryJob, triggerJob } from "../job/run.ts";
import { fail } from "../job/transitions.ts";

let glue: ScriptedGlue;
beforeAll(async () => {
  glue = await startScriptedGlue();
});
const { wholeDpuFrom } = Resource.GlueJob;
afterEach(() => {
  Resource.GlueJob.wholeDpuFrom = wholeDpuFrom;
});
afterAll(() => glue.close());

const uploaded = async () => {
  const job = await jobs.pending();
  await putInput(job, threeRows);
  return job;
};

test("a run gets a sixteenth of a DPU, or a full one for a large input", async () => {
  await triggerJob((await uploaded()).jobId);
  expect(glue.runs[0]?.capacity).toBe(0.0625);
  Resource.GlueJob.wholeDpuFrom = threeRows.length;
  await triggerJob((await uploaded()).jobId);
  expect(glue.runs[0]?.capacity).toBe(1);
});

test("only a retry after running out of time or memory gets a full DPU", async () => {
  for (const [code, capacity] of [
    ["timed_out", 1],
    ["out_of_memory", 1],
    ["internal", 0.0625],
  ] as const) {
    const job = await applied(fail(await jobs.running(), { code, message: "" }));
    await putInput(job, threeRows);
    await retryJob(job.jobId);
    expect(glue.runs[0]?.capacity).toBe(capacity);
  }
});
