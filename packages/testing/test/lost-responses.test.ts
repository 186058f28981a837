import { deleteJob } from "@unparquet/core/job/jobs";
import { today, usedToday } from "@unparquet/core/job/quota";
import { findRecord } from "@unparquet/core/job/record";
import { cancelJob, endRun, retryJob, triggerJob } from "@unparquet/core/job/run";
import { beginUpload, uploadDirectly } from "@unparquet/core/job/upload";
import { manifestKey } from "@unparquet/core/storage/keys";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type FaultyNetwork, interposeFaultyNetwork } from "../src/chaos/faulty-network.ts";
import { keysOf, putInput, putOutput, threeRows } from "../src/fixtures/objects.ts";
import { jobs } from "../src/fixtures/records.ts";
import { type ScriptedGlue, startScriptedGlue } from "../src/glue/scripted-glue.ts";

// The SDK repeats a write whose response was lost. The product must recognise the first write as its own.

let network: Omit<FaultyNetwork, "url">;
let glue: ScriptedGlue;
beforeAll(async () => {
  network = await interposeFaultyNetwork();
  glue = await startScriptedGlue();
});
afterEach(() => {
  network.rule = () => "pass";
});
afterAll(async () => {
  await Promise.all([network.stop(), glue.close()]);
});

/** Loses the response of the next call of an operation whose body contains the text. */
function loseNext(operation: string, text = ""): { lost: () => number } {
  let lost = 0;
  network.rule = (call) => {
    if (lost > 0 || call.operation !== operation || !call.body.includes(text)) return "pass";
    lost += 1;
    return "lose";
  };
  return { lost: () => lost };
}

const conversions = async () => (await usedToday(today())).conversions ?? 0;

test("a trigger whose write lost its response is accepted, starts one run and counts once", async () => {
  const job = await jobs.pending();
  await putInput(job, threeRows);
  const before = await conversions();
  glue.starts = 0;
  const { lost } = loseNext("TransactWriteItems", "QUEUED");
  expect(await triggerJob(job.jobId)).toMatchObject({ accepted: true, job: { status: "RUNNING" } });
  expect(lost()).toBe(1);
  expect(glue.starts).toBe(1);
  expect(await conversions()).toBe(before + 1);
});

test("a retry whose write lost its response is accepted, starts one run and counts once", async () => {
  const job = await jobs.failed();
  await putInput(job, threeRows);
  const before = await conversions();
  glue.starts = 0;
  const { lost } = loseNext("TransactWriteItems", "QUEUED");
  expect(await retryJob(job.jobId)).toMatchObject({ accepted: true, job: { status: "RUNNING", attempt: 2 } });
  expect(lost()).toBe(1);
  expect(glue.starts).toBe(1);
  expect(await conversions()).toBe(before + 1);
});

test.each(["queued", "running"] as const)(
  "a cancel of a %s job whose write lost its response succeeds",
  async (status) => {
    const { jobId } = await jobs[status]();
    const { lost } = loseNext(status === "queued" ? "TransactWriteItems" : "UpdateItem", "CANCELL");
    expect(await cancelJob(jobId)).toMatchObject({
      job: { status: status === "queued" ? "CANCELLED" : "CANCELLING" },
    });
    expect(lost()).toBe(1);
  },
);

test("a run whose record lost its response is neither stopped nor started twice", async () => {
  const job = await jobs.pending();
  await putInput(job, threeRows);
  glue.starts = 0;
  glue.stopped = [];
  const { lost } = loseNext("UpdateItem", "RUNNING");
  expect(await triggerJob(job.jobId)).toMatchObject({ job: { status: "RUNNING" } });
  expect(lost()).toBe(1);
  expect([glue.starts, glue.stopped]).toEqual([1, []]);
});

test("the end of a run whose write lost its response is reported once, and counts once", async () => {
  const job = await jobs.running("jr_end");
  const error = { code: "corrupt_file", message: "page 3" } as const;
  await putOutput(manifestKey(job), { status: "FAILED", error });
  const { lost } = loseNext("TransactWriteItems", "FAILED");
  const run = {
    ...{
      lane: "shell" as const,
      runId: "jr_end",
      jobId: job.jobId,
      attempt: 1,
      state: "FAILED" as const,
      message: "",
    },
    ...{ startedAt: new Date(), executionSeconds: 60, billed: { dpuSeconds: 3.75 } },
  };
  const { dpuSeconds: before = 0 } = await usedToday(today());
  expect(await endRun(run)).toMatchObject({ status: "FAILED", error });
  expect(lost()).toBe(1);
  const { dpuSeconds: after = 0 } = await usedToday(today());
  expect(before - after).toBeCloseTo(120 * 60 * 0.0625 - 60 * 0.0625);
  expect(await endRun(run)).toBeNull();
});

test.each([
  ["the first write", "UpdateItem", "DELETING"],
  ["the removal of the record", "DeleteItem", ""],
])("a deletion in which %s lost its response succeeds and leaves nothing", async (_, operation, text) => {
  const job = await jobs.pending();
  await putInput(job, threeRows);
  const { lost } = loseNext(operation, text);
  await deleteJob(job.jobId);
  expect(lost()).toBe(1);
  expect(await findRecord(job.jobId)).toBeNull();
  expect(await keysOf(job.jobId)).toEqual([]);
});

test.each([
  ["a file sent directly", async () => (await uploadDirectly({ filename: "x.parquet" }, threeRows)).job],
  ["an announced file", async () => (await beginUpload({ filename: "x.parquet", size: 100 })).job],
] as const)(
  "an upload of %s whose record lost its response creates one job and counts once",
  async (_, upload) => {
    const { uploads: before = 0 } = await usedToday(today());
    const { lost } = loseNext("TransactWriteItems", "PENDING_UPLOAD");
    const { jobId } = await upload();
    expect(lost()).toBe(1);
    expect(await findRecord(jobId)).toMatchObject({ status: "PENDING_UPLOAD" });
    expect(await usedToday(today())).toMatchObject({ uploads: before + 1 });
  },
);

test("the same job deleted twice at once is deleted, whichever request is faster", async () => {
  const { jobId } = await jobs.pending();
  const outcomes = await Promise.allSettled([deleteJob(jobId), deleteJob(jobId), deleteJob(jobId)]);
  expect(outcomes.map(({ status }) => status)).toContain("fulfilled");
  expect(await findRecord(jobId)).toBeNull();
});
