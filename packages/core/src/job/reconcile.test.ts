import { keysOf, parquetLike, putInput, putOutput } from "@unparquet/testing/fixtures/objects";
import { applied, jobs, removeAllRecords, result } from "@unparquet/testing/fixtures/records";
import { type ScriptedGlue, startScriptedGlue } from "@unparquet/testing/glue/scripted-glue";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { manifestKey, outputPrefix } from "../storage/keys.ts";
import { deleteJob } from "./jobs.ts";
import { type ReconcileReport, reconcile } from "./reconcile.ts";
import { findRecord, type JobRecord } from "./record.ts";
import { triggerJob } from "./run.ts";
import { createJobId } from "./schema.ts";
import { beginDelete, cancelled } from "./transitions.ts";

let glue: ScriptedGlue;
beforeAll(async () => {
  glue = await startScriptedGlue();
});
// Only the clock is fake: the reconciler acts on the age of jobs, runs and objects.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  glue.runs = [];
  glue.stopped = [];
  glue.stopErrors = [];
  glue.starts = 0;
  glue.next = [];
});
afterEach(async () => {
  vi.useRealTimers();
  await removeAllRecords();
});
afterAll(() => glue.close());

const later = (minutes: number) => vi.setSystemTime(Date.now() + minutes * 60_000);
const ids = (records: JobRecord[]) => records.map(({ jobId }) => jobId);
const endedIds = ({ ended }: ReconcileReport) => ids(ended.map(({ job }) => job));

const triggered = async (how: ScriptedGlue["next"][number] = "start") => {
  const job = await jobs.pending();
  await putInput(job, parquetLike());
  glue.next = [how];
  return (await triggerJob(job.jobId)).job;
};

const succeed = async (job: JobRecord) => {
  await putOutput(manifestKey(job), { ...result, status: "SUCCEEDED" });
  const run = glue.runs.find(({ jobId }) => jobId === job.jobId);
  if (!run) throw new Error("There is no run");
  run.state = "SUCCEEDED";
  run.endedAt = new Date();
};

describe("a queued job", () => {
  test("a queued job whose run could not be started is started as soon as Glue has capacity", async () => {
    const { jobId } = await triggered("full");
    const { started } = await reconcile();
    expect(ids(started)).toContain(jobId);
    expect(await findRecord(jobId)).toMatchObject({ status: "RUNNING" });
  });

  test("a queued job waits while Glue has no capacity", async () => {
    const waiting = [await triggered("full"), await triggered("full"), await triggered("full")];
    glue.next = ["full", "full", "full"];
    expect((await reconcile()).errors).toEqual([]);
    for (const { jobId } of waiting) expect(await findRecord(jobId)).toMatchObject({ status: "QUEUED" });
  });

  test("a queued job is not started while another function may still be starting it", async () => {
    const { jobId } = await triggered("lose");
    glue.runs = [];
    await reconcile();
    expect(await findRecord(jobId)).toMatchObject({ status: "QUEUED" });
    expect(glue.starts).toBe(1);
  });

  test("a job whose StartJobRun response was lost gets that run, and no second one", async () => {
    const { jobId } = await triggered("lose");
    later(2);
    await reconcile();
    expect(glue.starts).toBe(1);
    expect(await findRecord(jobId)).toMatchObject({
      status: "RUNNING",
      runId: glue.runs[0]?.runId,
    });
  });

  test("a job whose StartJobRun response was lost ends with its ended run", async () => {
    const job = await triggered("lose");
    await succeed(job);
    later(2);
    expect(endedIds(await reconcile())).toEqual([job.jobId]);
    expect(await findRecord(job.jobId)).toMatchObject({ status: "SUCCEEDED", result });
  });

  test("a job whose start failed without a run is started again", async () => {
    const { jobId } = await triggered("fault");
    later(2);
    await reconcile();
    expect(await findRecord(jobId)).toMatchObject({ status: "RUNNING", attempt: 1 });
  });
});

describe("a running job", () => {
  test("a running job whose event was lost ends as its manifest says", async () => {
    const job = await triggered();
    await succeed(job);
    later(2);
    expect(endedIds(await reconcile())).toEqual([job.jobId]);
    expect(await findRecord(job.jobId)).toMatchObject({ status: "SUCCEEDED", result });
  });

  test("a job whose run is still working is not changed", async () => {
    const job = await triggered();
    const report = await reconcile();
    expect(report).toEqual({ started: [], ended: [], expired: [], stuck: [], longestWait: 0, errors: [] });
    expect(await findRecord(job.jobId)).toEqual(job);
  });

  test("a job whose run is missing in Glue fails, but only after some minutes", async () => {
    const { jobId } = await triggered();
    glue.runs = [];
    for (let report = 0; report < 3; report += 1) {
      later(2);
      await reconcile();
      expect(await findRecord(jobId)).toMatchObject({ status: "RUNNING" });
    }
    later(2);
    await reconcile();
    expect(await findRecord(jobId)).toMatchObject({ status: "FAILED", error: { code: "internal" } });
  });
});

describe("a job that is being cancelled", () => {
  test("a cancelling job whose stop request was lost is stopped again, and ends with its run", async () => {
    const { jobId } = await jobs.cancelling("jr_deaf");
    const run = { runId: "jr_deaf", jobId, attempt: 1, message: "", startedAt: new Date() };
    const states = ["RUNNING", "STOPPING", "STOPPED"];
    for (const state of states) {
      glue.runs = [{ ...run, state, ...(state === "STOPPED" && { endedAt: new Date() }) }];
      later(2);
      await reconcile();
      expect(glue.stopped).toEqual(["jr_deaf"]);
    }
    expect(await findRecord(jobId)).toMatchObject({ status: "CANCELLED" });
  });
});

describe("a pending job", () => {
  test("a job without a file expires after 24 hours", async () => {
    const { jobId } = await jobs.pending();
    later(24 * 60 - 1);
    await reconcile();
    expect(await findRecord(jobId)).toMatchObject({ status: "PENDING_UPLOAD" });
    later(2);
    expect(ids((await reconcile()).expired)).toContain(jobId);
    expect(await findRecord(jobId)).toMatchObject({ status: "EXPIRED" });
  });

  test("a pending job does not expire while it has a file", async () => {
    const job = await jobs.pending();
    await putInput(job, parquetLike());
    for (let day = 0; day < 3; day += 1) {
      later(25 * 60);
      await reconcile();
    }
    expect(await findRecord(job.jobId)).toMatchObject({ status: "PENDING_UPLOAD" });
  });
});

describe("an unneeded run", () => {
  test("a run whose attempt was cancelled before the run was recorded is stopped", async () => {
    const job = await triggered("lose");
    await applied(cancelled(job));
    await reconcile();
    expect(glue.stopped).toEqual([glue.runs[0]?.runId]);
  });

  test("a run of a deleted job is stopped, and its objects are removed", async () => {
    const jobId = "job_0000000000000000000000";
    const run = { runId: "jr_ghost", jobId, attempt: 1, message: "", startedAt: new Date() };
    await putOutput(`${outputPrefix(jobId)}1/progress.json`, "{}");
    glue.runs = [{ ...run, state: "RUNNING" }];
    await reconcile();
    expect(glue.stopped).toEqual(["jr_ghost"]);
    glue.runs = [{ ...run, state: "STOPPED", endedAt: new Date() }];
    later(24 * 60);
    await reconcile();
    expect(await keysOf(jobId)).toEqual([]);
  });
});

describe("a run without a job", () => {
  test("an orphaned run is stopped even if it started hours ago", async () => {
    const jobId = "job_0000000000000000000000";
    const startedAt = new Date(Date.now() - 110 * 60_000);
    glue.runs = [{ runId: "jr_old", jobId, attempt: 1, message: "", startedAt, state: "RUNNING" }];
    await reconcile();
    expect(glue.stopped).toEqual(["jr_old"]);
  });

  test("an orphaned run that Glue did not stop is reported and stopped later", async () => {
    const jobId = "job_0000000000000000000000";
    glue.runs = [{ runId: "jr_1", jobId, attempt: 1, message: "", startedAt: new Date(), state: "RUNNING" }];
    glue.stopErrors = ["InternalServiceException"];
    const { errors } = await reconcile();
    expect(errors).toMatchObject([{ jobId, error: { message: /InternalServiceException/ } }]);
    later(11);
    await reconcile();
    expect(glue.stopped).toEqual(["jr_1"]);
  });
});

describe("objects without a job", () => {
  test("objects uploaded after their job was deleted are removed within a day", async () => {
    const job = await jobs.pending();
    await putInput(job, parquetLike());
    await deleteJob(job.jobId);
    // The presigned URL is still valid.
    await putInput(job, parquetLike());
    for (let hour = 0; hour < 24; hour += 1) {
      await reconcile();
      later(60);
    }
    expect(await keysOf(job.jobId)).toEqual([]);
  });

  test("young objects and objects of a job are kept", async () => {
    const job = await jobs.pending();
    await putInput(job, parquetLike());
    const young = { jobId: createJobId(), filename: "young.parquet" };
    await putInput(young, parquetLike());
    await reconcile();
    expect(await keysOf(young.jobId)).toHaveLength(1);
    for (let hour = 0; hour < 24; hour += 1) {
      later(60);
      await reconcile();
    }
    expect(await keysOf(young.jobId)).toEqual([]);
    expect(await keysOf(job.jobId)).toHaveLength(1);
  });

  test("a rejected file is removed although its job stays", async () => {
    const job = await jobs.pending();
    await putInput(job, Buffer.from("id,name"));
    await expect(triggerJob(job.jobId)).rejects.toMatchObject({ code: "not_parquet" });
    later(13 * 60);
    await reconcile();
    expect(await keysOf(job.jobId)).toEqual([]);
    expect(await findRecord(job.jobId)).toMatchObject({ status: "FAILED", error: { code: "not_parquet" } });
  });
});

test("an interrupted deletion is finished", async () => {
  const job = await jobs.pending();
  await putInput(job, parquetLike());
  await applied(beginDelete(job));
  later(2);
  await reconcile();
  expect(await findRecord(job.jobId)).toBeNull();
  expect(await keysOf(job.jobId)).toEqual([]);
});

test("an error with one job is reported and does not keep other jobs from being repaired", async () => {
  const queued = await triggered("full");
  const running = await triggered();
  await succeed(running);
  later(2);
  glue.next = ["fault"];
  const report = await reconcile();
  expect(report.errors.map(({ jobId }) => jobId)).toEqual([queued.jobId]);
  expect(endedIds(report)).toEqual([running.jobId]);
});

test("a job that is queued for too long is reported as stuck", async () => {
  const { jobId } = await triggered("full");
  later(16);
  glue.next = ["full"];
  const { stuck, longestWait } = await reconcile();
  expect(ids(stuck)).toContain(jobId);
  expect(longestWait).toBeGreaterThanOrEqual(16 * 60_000);
});
