import {
  beginOutput,
  keysOf,
  putInput,
  putOutput,
  readInput,
  threeRows,
  unfinishedOutputs,
} from "@unparquet/testing/fixtures/objects";
import { applied, checked, jobs, rawItem, result } from "@unparquet/testing/fixtures/records";
import { type ScriptedGlue, startScriptedGlue } from "@unparquet/testing/glue/scripted-glue";
import { Resource } from "sst";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Options } from "../conversion/options.ts";
import type { EndedState } from "../lanes/lane.ts";
import { manifestKey, outputKey } from "../storage/keys.ts";
import { deleteJob, findAttempts, findResult, viewJob } from "./jobs.ts";
import { reconcile } from "./reconcile.ts";
import { jobs as entity, findJob, findRecord, type JobRecord } from "./record.ts";
import { cancelJob, endingOf, endRun, loseRun, retryJob, triggerJob } from "./run.ts";
import { fail, queueAgain, recordRun, succeed } from "./transitions.ts";

let glue: ScriptedGlue;
beforeAll(async () => {
  glue = await startScriptedGlue();
});
beforeEach(() => {
  glue.starts = 0;
  glue.stopped = [];
  glue.beforeAnswer = undefined;
});
afterAll(() => glue.close());

const uploaded = async () => {
  const job = await jobs.pending();
  await putInput(job, threeRows);
  return job;
};

describe("racing callers", () => {
  test("of many concurrent triggers only one starts a run, and all return the job", async () => {
    const { jobId } = await uploaded();
    const answers = await Promise.all(Array.from({ length: 8 }, () => triggerJob(jobId)));
    expect(answers.filter(({ accepted }) => accepted)).toHaveLength(1);
    expect(glue.starts).toBe(1);
    expect(await findRecord(jobId)).toMatchObject({ status: "RUNNING", attempt: 1 });
  });

  test("of many concurrent retries only one creates an attempt", async () => {
    const job = await jobs.failed();
    await putInput(job, threeRows);
    const retries = await Promise.allSettled(Array.from({ length: 8 }, () => retryJob(job.jobId)));
    expect(retries.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(glue.starts).toBe(1);
    expect(await findRecord(job.jobId)).toMatchObject({ attempt: 2, status: "RUNNING" });
  });

  test("a cancel while the run is starting stops that run", async () => {
    const { jobId } = await uploaded();
    glue.beforeAnswer = async () => {
      await cancelJob(jobId);
    };
    expect(await triggerJob(jobId)).toMatchObject({ job: { status: "CANCELLED" } });
    expect(glue.stopped).toEqual([glue.runs[0]?.runId]);
  });

  test("a delete while the run is starting is rejected and removes nothing", async () => {
    const job = await uploaded();
    glue.beforeAnswer = () => expect(deleteJob(job.jobId)).rejects.toMatchObject({ code: "wrong_status" });
    await triggerJob(job.jobId);
    expect(await readInput(job)).toEqual(Buffer.from(threeRows));
  });

  test("after a concurrent delete and trigger the job either runs with its input or both are gone", async () => {
    for (let round = 0; round < 10; round += 1) {
      const job = await uploaded();
      await Promise.allSettled([deleteJob(job.jobId), triggerJob(job.jobId)]);
      const left = await findRecord(job.jobId);
      if (left) expect(left.status).toBe("RUNNING");
      expect(await keysOf(job.jobId)).toHaveLength(left ? 1 : 0);
    }
  });

  test("two concurrent reconcilers start only one run of a queued job", async () => {
    const { jobId } = await uploaded();
    glue.next = ["full"];
    await triggerJob(jobId);
    glue.starts = 0;
    await Promise.all([reconcile(), reconcile(), reconcile()]);
    expect(glue.starts).toBe(1);
    expect(await findRecord(jobId)).toMatchObject({ status: "RUNNING" });
  });
});

describe("a start that fails", () => {
  test.each(["full", "throttle"] as const)(
    "a start that fails temporarily (%s) leaves the job queued and unclaimed",
    async (how) => {
      const { jobId } = await uploaded();
      glue.next = [how];
      expect(await triggerJob(jobId)).toMatchObject({ accepted: true, job: { status: "QUEUED" } });
      expect(await findRecord(jobId)).not.toHaveProperty("startClaimedAt");
    },
  );

  test("a start that Glue rejects fails the job, which can be retried", async () => {
    const { jobId } = await uploaded();
    glue.next = ["refuse"];
    const { job, error } = await triggerJob(jobId);
    expect(job).toMatchObject({ status: "FAILED", error: { code: "internal" } });
    expect(error).toMatchObject({ name: "InvalidInputException" });
    expect(await retryJob(jobId)).toMatchObject({ job: { status: "RUNNING", attempt: 2 } });
  });

  test.each(["lose", "fault"] as const)(
    "a start without a response (%s) is not retried by the SDK",
    async (how) => {
      const { jobId } = await uploaded();
      glue.next = [how];
      const { job, error } = await triggerJob(jobId);
      expect(job.status).toBe("QUEUED");
      expect(error).toBeDefined();
      expect(glue.starts).toBe(1);
    },
  );
});

test("the arguments of a run contain its limits, where to report and the version of the input", async () => {
  const { jobId } = await uploaded();
  await triggerJob(jobId);
  const { etag } = (await findRecord(jobId)) ?? {};
  expect(etag).toMatch(/^"\w+"$/);
  expect(glue.runs[0]?.args).toMatchObject({
    "--input-etag": etag,
    "--reports": `s3://${Resource.OutputBucket.name}/reports/${jobId}/1`,
    "--max-bytes": String(Resource.Limits.outputMaxBytes),
    "--max-rows": String(Resource.Limits.outputMaxRows),
  });
});

test("a run gets every option by its command-line name", async () => {
  const { jobId } = await uploaded();
  const given = {
    columns: ["name", "id"],
    limit: 5,
    nonFinite: "string",
    nulls: "omit",
    timestamps: "epoch-ms",
  };
  await triggerJob(jobId, Options.parse(given));
  expect(glue.runs[0]?.args).toMatchObject({
    "--format": "ndjson",
    "--compression": "none",
    "--columns": '["name","id"]',
    "--limit": "5",
    "--integers": "number",
    "--decimals": "number",
    "--binary": "base64",
    "--text": "strict",
    "--non-finite": "string",
    "--nulls": "omit",
    "--timestamps": "epoch-ms",
  });
});

test("a run of a job without columns and limit gets neither argument", async () => {
  const { jobId } = await uploaded();
  await triggerJob(jobId);
  expect(Object.keys(glue.runs[0]?.args ?? {})).not.toContain("--columns");
  expect(Object.keys(glue.runs[0]?.args ?? {})).not.toContain("--limit");
});

test("a job stored before some options existed is shown and run with their defaults", async () => {
  const { jobId, createdAt } = await uploaded();
  const { text: _, nulls: __, timestamps: ___, ...stored } = Options.parse({ format: "json", limit: 7 });
  await entity()
    .patch({ jobId })
    .set({ options: stored as Options })
    .composite({ createdAt })
    .go();
  expect((await rawItem(jobId))?.options).toEqual(stored);
  const expected = { ...stored, text: "strict", nulls: "keep", timestamps: "iso" };
  expect((await findRecord(jobId))?.options).toEqual(expected);
  expect((await triggerJob(jobId)).job.options).toEqual(expected);
  expect(glue.runs[0]?.args).toMatchObject({ "--limit": "7", "--nulls": "keep", "--timestamps": "iso" });
});

test("a job that succeeded is converted again with other options, and its earlier result stays", async () => {
  const job = await jobs.succeeded();
  await putInput(job, threeRows);
  const options = Options.parse({ format: "json" });
  const { job: again } = await retryJob(job.jobId, options);
  expect(await viewJob(again)).toMatchObject({
    status: "RUNNING",
    attempt: 2,
    options,
    result: null,
    attempts: [
      { attempt: 1, status: "SUCCEEDED", options: job.options, result: { url: expect.any(String) } },
      { attempt: 2, status: "RUNNING", options, result: null },
    ],
  });
  const first = await findResult(job.jobId);
  expect(first.url).toMatch(/\/1\/trips\.ndjson$/);
  await applied(succeed(again, { ...result, filename: "trips.json" }));
  expect((await findResult(job.jobId)).url).toMatch(/\/2\/trips\.json$/);
  expect((await findResult(job.jobId, 1)).url).toBe(first.url);
  await expect(findResult(job.jobId, 3)).rejects.toMatchObject({ code: "not_ready" });
});

test("a job has at most a hundred attempts", async () => {
  const { jobId, createdAt } = await jobs.failed();
  await entity().patch({ jobId }).set({ attempt: 100 }).composite({ createdAt }).go();
  await expect(retryJob(jobId)).rejects.toMatchObject({ code: "wrong_status" });
});

const success = { ...result, indexed: true, status: "SUCCEEDED" } as const;
const failure = { status: "FAILED", error: { code: "corrupt_file", message: "page 3" } } as const;

const run = {
  lane: "shell",
  message: "",
  startedAt: new Date(),
  executionSeconds: 30,
  billed: { dpuSeconds: 3.75 },
} as const;
const ended = (job: JobRecord, state: EndedState = "SUCCEEDED", runId = "jr_1") =>
  endRun({ ...run, runId, jobId: job.jobId, attempt: job.attempt, state });

describe("how an attempt ends", () => {
  test.each([
    ["SUCCEEDED", success, { status: "SUCCEEDED" }],
    ["SUCCEEDED", null, { status: "FAILED", error: { code: "internal" } }],
    ["SUCCEEDED", failure, { status: "FAILED", error: failure.error }],
    ["FAILED", failure, { status: "FAILED", error: failure.error }],
    ["FAILED", null, { status: "FAILED", error: { code: "internal" } }],
    ["FAILED", success, { status: "SUCCEEDED" }],
    ["OUT_OF_MEMORY", null, { status: "FAILED", error: { code: "out_of_memory" } }],
    ["ERROR", null, { status: "FAILED", error: { code: "internal" } }],
    ["TIMED_OUT", null, { status: "FAILED", error: { code: "timed_out" } }],
    ["TIMED_OUT", success, { status: "SUCCEEDED" }],
    ["NO_CAPACITY", null, { status: "FAILED", error: { code: "stopped" } }],
    ["STOPPED", null, { status: "CANCELLED" }],
    ["STOPPED", failure, { status: "CANCELLED" }],
  ] as const)(
    "an attempt whose run is %s with the manifest %j ends accordingly",
    (state, manifest, expected) => {
      expect(endingOf({ state, message: "" }, manifest)).toMatchObject(expected);
    },
  );

  test("the lane's message is kept if the run wrote no manifest", () => {
    expect(endingOf({ state: "FAILED", message: "No disk" }, null)).toMatchObject({
      error: { message: /No disk/ },
    });
  });
});

describe("the end of a run", () => {
  test("the end of a run ends its job as the manifest says", async () => {
    const job = await jobs.running();
    await putOutput(manifestKey(job), success);
    expect(await ended(job)).toMatchObject({ status: "SUCCEEDED", result });
  });

  test("a run that ends before it is recorded ends its queued job", async () => {
    const job = await jobs.queued();
    await putOutput(manifestKey(job), failure);
    expect(await ended(job, "FAILED")).toMatchObject({
      status: "FAILED",
      error: failure.error,
      runId: "jr_1",
    });
  });

  test("the end of a run ends a cancelling job, whether the run or the cancellation was faster", async () => {
    const stopped = await jobs.cancelling();
    expect(await ended(stopped, "STOPPED")).toMatchObject({ status: "CANCELLED" });
    const faster = await jobs.cancelling();
    await putOutput(manifestKey(faster), success);
    expect(await ended(faster)).toMatchObject({ status: "SUCCEEDED" });
  });

  test("a duplicate event changes nothing", async () => {
    const job = await jobs.running();
    await ended(job, "STOPPED");
    const before = await findRecord(job.jobId);
    expect(await ended(job, "FAILED")).toBeNull();
    expect(await findRecord(job.jobId)).toEqual(before);
  });

  test("the end of another run of the same attempt changes nothing", async () => {
    const job = await jobs.running("jr_1");
    expect(await ended(job, "STOPPED", "jr_2")).toBeNull();
    expect(await findRecord(job.jobId)).toMatchObject({ status: "RUNNING" });
  });

  test("the end of a run of an earlier attempt does not change the current one", async () => {
    const first = await jobs.running("jr_1");
    const failed = await applied(fail(first, failure.error));
    await applied(recordRun(await applied(queueAgain(failed, checked())), "jr_2"));
    expect(await ended(first)).toBeNull();
    expect(await findRecord(first.jobId)).toMatchObject({ status: "RUNNING", attempt: 2 });
  });

  test("the end of a run of a deleted job changes nothing", async () => {
    expect(
      await endRun({ ...run, runId: "jr_1", jobId: "job_x", attempt: 1, state: "SUCCEEDED" }),
    ).toBeNull();
  });

  test.each(["STOPPED", "OUT_OF_MEMORY", "TIMED_OUT", "ERROR"] as const)(
    "an attempt whose run ended %s leaves no parts of its output",
    async (state) => {
      const job = await jobs.running();
      await beginOutput(outputKey(job));
      await ended(job, state);
      expect(await unfinishedOutputs(job.jobId)).toEqual([]);
    },
  );

  test("an attempt whose run is lost leaves no parts of its output", async () => {
    const job = await jobs.running();
    await beginOutput(outputKey(job));
    await loseRun(job);
    expect(await unfinishedOutputs(job.jobId)).toEqual([]);
  });

  test("a run that is stopped after its attempt was cancelled leaves no parts of its output", async () => {
    const job = await jobs.cancelled();
    await beginOutput(outputKey(job));
    expect(await ended(job, "STOPPED")).toBeNull();
    expect(await unfinishedOutputs(job.jobId)).toEqual([]);
  });

  test("the end of another run or attempt keeps the parts of the output that is being written", async () => {
    const first = await jobs.running();
    const retried = await applied(queueAgain(await applied(fail(first, failure.error)), checked()));
    const job = await applied(recordRun(retried, "jr_2"));
    const key = outputKey(job);
    await beginOutput(key);
    await ended(job, "FAILED", "jr_3");
    await ended(first, "FAILED");
    expect(await unfinishedOutputs(job.jobId)).toEqual([key]);
  });

  test.each([
    ["no JSON", "{"],
    ["something else", { status: "DONE" }],
    ["half of it", { status: "SUCCEEDED", rows: 3 }],
  ])("a run with a manifest that is %s fails as internal", async (_, manifest) => {
    const job = await jobs.running();
    await putOutput(manifestKey(job), manifest);
    expect(await ended(job)).toMatchObject({ status: "FAILED", error: { code: "internal" } });
  });

  test("a manifest with an unknown code fails the job as internal and keeps the message", async () => {
    const job = await jobs.running();
    await putOutput(manifestKey(job), { status: "FAILED", error: { code: "bit_rot", message: "page 3" } });
    expect(await ended(job, "FAILED")).toMatchObject({ error: { code: "internal", message: "page 3" } });
  });

  test("a run with an oversized manifest fails as internal", async () => {
    const job = await jobs.running();
    const columns = Array.from({ length: 2000 }, (_, index) => ({
      name: `${index}`.padStart(1000, "x"),
      type: "int32",
    }));
    await putOutput(manifestKey(job), { ...success, columns });
    expect(await ended(job)).toMatchObject({ status: "FAILED", error: { code: "internal" } });
  });

  test("a long message is never truncated within a character", async () => {
    const job = await jobs.running();
    const error = { code: "corrupt_file", message: "😀".repeat(5000) };
    await putOutput(manifestKey(job), { status: "FAILED", error });
    const { message = "" } = (await ended(job, "FAILED"))?.error ?? {};
    expect(message.isWellFormed()).toBe(true);
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(4096);
  });

  test("a job with a hundred long attempts can still be ended, cancelled and deleted", async () => {
    const long = checked(Options.parse({ columns: ["漢".repeat(5000)] }));
    let job = await jobs.failed();
    for (let attempt = 2; attempt <= 30; attempt += 1) {
      job = await applied(queueAgain(job, long));
      job = await applied(fail(job, { code: "unknown_column", message: "漢".repeat(1300) }));
    }
    job = await applied(recordRun(await applied(queueAgain(job, long)), "jr_1"));
    const columns = Array.from({ length: 5000 }, (_, index) => ({ name: `column_${index}`, type: "int64" }));
    await putOutput(manifestKey(job), { ...success, columns });
    expect(await ended(job)).toMatchObject({ status: "SUCCEEDED" });
    const size = Buffer.byteLength(JSON.stringify(await rawItem(job.jobId)));
    expect(size).toBeLessThan(100_000);
    expect(Buffer.byteLength(JSON.stringify(await viewJob(await findJob(job.jobId))))).toBeLessThan(
      5 * 1024 ** 2,
    );
    await deleteJob(job.jobId);
    expect(await findAttempts(job)).toHaveLength(1);
    expect(await keysOf(job.jobId)).toEqual([]);
  });

  test("a record keeps only the first of very many columns and the beginning of a long message", async () => {
    const wide = await jobs.running();
    const columns = Array.from({ length: 20_000 }, (_, i) => ({ name: `column_${i}`, type: "int64" }));
    await putOutput(manifestKey(wide), { ...success, columns });
    const stored = (await ended(wide))?.result;
    expect(stored?.columns.length).toBeGreaterThan(500);
    expect(stored).toMatchObject({ columnsOmitted: 20_000 - (stored?.columns.length ?? 0) });

    const verbose = await jobs.running();
    const error = { code: "corrupt_file", message: "x".repeat(100_000) };
    await putOutput(manifestKey(verbose), { status: "FAILED", error });
    expect((await ended(verbose, "FAILED"))?.error?.message.length).toBeLessThan(5000);
  });
});
