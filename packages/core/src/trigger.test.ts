import { Resource } from "sst";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { cancelJob } from "./cancel.ts";
import { findResult } from "./download.ts";
import { jobs as entity } from "./job/entity.ts";
import { Options } from "./job/options.ts";
import { findRecord } from "./job/record.ts";
import { succeed } from "./job/transitions.ts";
import { viewJob } from "./job/view.ts";
import { reconcile } from "./reconcile.ts";
import { deleteJob } from "./remove.ts";
import { keysOf, parquetLike, putInput, readInput } from "./testing/objects.ts";
import { applied, jobs, rawItem, result } from "./testing/records.ts";
import { type ScriptedGlue, startScriptedGlue } from "./testing/scripted-glue.ts";
import { retryJob, triggerJob } from "./trigger.ts";

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
  await putInput(job, parquetLike());
  return job;
};

describe("racing callers", () => {
  test("of many triggers at once one starts one run, and all are told of the same job", async () => {
    const { jobId } = await uploaded();
    const answers = await Promise.all(Array.from({ length: 8 }, () => triggerJob(jobId)));
    expect(answers.filter(({ accepted }) => accepted)).toHaveLength(1);
    expect(glue.starts).toBe(1);
    expect(await findRecord(jobId)).toMatchObject({ status: "RUNNING", attempt: 1 });
  });

  test("of many retries at once one makes one attempt", async () => {
    const job = await jobs.failed();
    await putInput(job, parquetLike());
    const retries = await Promise.allSettled(Array.from({ length: 8 }, () => retryJob(job.jobId)));
    expect(retries.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(glue.starts).toBe(1);
    expect(await findRecord(job.jobId)).toMatchObject({ attempt: 2, status: "RUNNING" });
  });

  test("a cancel while the run is being started stops that run", async () => {
    const { jobId } = await uploaded();
    glue.beforeAnswer = async () => {
      await cancelJob(jobId);
    };
    expect(await triggerJob(jobId)).toMatchObject({ job: { status: "CANCELLED" } });
    expect(glue.stopped).toEqual([glue.runs[0]?.runId]);
  });

  test("a delete while the run is being started is refused, and loses nothing", async () => {
    const job = await uploaded();
    glue.beforeAnswer = () => expect(deleteJob(job.jobId)).rejects.toMatchObject({ code: "wrong_status" });
    await triggerJob(job.jobId);
    expect(await readInput(job)).toEqual(parquetLike());
  });

  test("a delete and a trigger at once: the job runs with its input, or is gone with it", async () => {
    for (let round = 0; round < 10; round += 1) {
      const job = await uploaded();
      await Promise.allSettled([deleteJob(job.jobId), triggerJob(job.jobId)]);
      const left = await findRecord(job.jobId);
      if (left) expect(left.status).toBe("RUNNING");
      expect(await keysOf(job.jobId)).toHaveLength(left ? 1 : 0);
    }
  });

  test("two reconcilers at once start one run of a queued job", async () => {
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
    "for now (%s) leaves the job queued, for anyone to start",
    async (how) => {
      const { jobId } = await uploaded();
      glue.next = [how];
      expect(await triggerJob(jobId)).toMatchObject({ accepted: true, job: { status: "QUEUED" } });
      expect(await findRecord(jobId)).not.toHaveProperty("startClaimedAt");
    },
  );

  test("for good fails the job, which can be retried", async () => {
    const { jobId } = await uploaded();
    glue.next = ["refuse"];
    const { job, error } = await triggerJob(jobId);
    expect(job).toMatchObject({ status: "FAILED", error: { code: "internal" } });
    expect(error).toMatchObject({ name: "InvalidInputException" });
    expect(await retryJob(jobId)).toMatchObject({ job: { status: "RUNNING", attempt: 2 } });
  });

  test.each(["lose", "fault"] as const)(
    "without an answer (%s) is not made again by the SDK",
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

test("a run's arguments say what it may write, where to report and which version of the input to read", async () => {
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

test("a run is given every option by the name it has on the command line", async () => {
  const { jobId } = await uploaded();
  const given = {
    columns: ["a.b", "c,d"],
    limit: 5,
    nonFinite: "string",
    nulls: "omit",
    timestamps: "epoch-ms",
  };
  await triggerJob(jobId, Options.parse(given));
  expect(glue.runs[0]?.args).toMatchObject({
    "--format": "ndjson",
    "--compression": "none",
    "--columns": '["a.b","c,d"]',
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

test("a run of a job without columns and limit is given neither", async () => {
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
  await putInput(job, parquetLike());
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

test("a hundred attempts are enough", async () => {
  const { jobId, createdAt } = await jobs.failed();
  await entity().patch({ jobId }).set({ attempt: 100 }).composite({ createdAt }).go();
  await expect(retryJob(jobId)).rejects.toMatchObject({ code: "wrong_status" });
});
