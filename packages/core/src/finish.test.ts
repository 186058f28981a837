import { describe, expect, test } from "vitest";
import { endingOf, endRun } from "./finish.ts";
import type { EndedState } from "./glue/runs.ts";
import type { JobRecord } from "./job/entity.ts";
import { findAttempts, visible } from "./job/find.ts";
import { Options } from "./job/options.ts";
import { findRecord } from "./job/record.ts";
import { fail, queueAgain, recordRun } from "./job/transitions.ts";
import { viewJob } from "./job/view.ts";
import { deleteJob } from "./remove.ts";
import { manifestKey } from "./storage/keys.ts";
import { keysOf, putOutput } from "./testing/objects.ts";
import { applied, jobs, rawItem, result } from "./testing/records.ts";

const success = { ...result, indexed: true, status: "SUCCEEDED" } as const;
const failure = { status: "FAILED", error: { code: "corrupt_file", message: "page 3" } } as const;

const run = { message: "", startedAt: new Date(), executionSeconds: 30, capacity: 0.0625 };
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
    ["ERROR", null, { status: "FAILED", error: { code: "internal" } }],
    ["TIMEOUT", null, { status: "FAILED", error: { code: "timed_out" } }],
    ["TIMEOUT", success, { status: "SUCCEEDED" }],
    ["EXPIRED", null, { status: "FAILED", error: { code: "stopped" } }],
    ["STOPPED", null, { status: "CANCELLED" }],
    ["STOPPED", failure, { status: "CANCELLED" }],
  ] as const)("Glue says %s, the manifest %j", (state, manifest, expected) => {
    expect(endingOf(state, "", manifest)).toMatchObject(expected);
  });

  test("Glue's own message is kept where the run reported nothing", () => {
    expect(endingOf("FAILED", "No disk", null)).toMatchObject({ error: { message: /No disk/ } });
  });

  test.each([
    "Command Failed due to Out of Memory",
    "Command was ended by SIGKILL",
    "Command failed with exit code 137",
    "Command failed with exit code: -9",
  ])("a run that the kernel killed for its memory ends as out_of_memory: %s", (message) => {
    for (const state of ["FAILED", "ERROR"] as const) {
      expect(endingOf(state, message, null)).toMatchObject({ error: { code: "out_of_memory" } });
    }
  });
});

describe("the end of a run", () => {
  test("ends a running job with what the manifest says", async () => {
    const job = await jobs.running();
    await putOutput(manifestKey(job), success);
    expect(await ended(job)).toMatchObject({ status: "SUCCEEDED", result });
  });

  test("ends a job that is still queued, as the run was faster than the note of it", async () => {
    const job = await jobs.queued();
    await putOutput(manifestKey(job), failure);
    expect(await ended(job, "FAILED")).toMatchObject({
      status: "FAILED",
      error: failure.error,
      runId: "jr_1",
    });
  });

  test("ends a job that is being cancelled, whichever was faster", async () => {
    const stopped = await jobs.cancelling();
    expect(await ended(stopped, "STOPPED")).toMatchObject({ status: "CANCELLED" });
    const faster = await jobs.cancelling();
    await putOutput(manifestKey(faster), success);
    expect(await ended(faster)).toMatchObject({ status: "SUCCEEDED" });
  });

  test("told twice changes nothing the second time", async () => {
    const job = await jobs.running();
    await ended(job, "STOPPED");
    const before = await findRecord(job.jobId);
    expect(await ended(job, "FAILED")).toBeNull();
    expect(await findRecord(job.jobId)).toEqual(before);
  });

  test("of another run of the same attempt changes nothing", async () => {
    const job = await jobs.running("jr_1");
    expect(await ended(job, "STOPPED", "jr_2")).toBeNull();
    expect(await findRecord(job.jobId)).toMatchObject({ status: "RUNNING" });
  });

  test("of an earlier attempt does not touch the current one", async () => {
    const first = await jobs.running("jr_1");
    const failed = await applied(fail(first, failure.error));
    const input = { bytes: 13, options: Options.parse({}) };
    await applied(recordRun(await applied(queueAgain(failed, input)), "jr_2"));
    expect(await ended(first)).toBeNull();
    expect(await findRecord(first.jobId)).toMatchObject({ status: "RUNNING", attempt: 2 });
  });

  test("of a job that was deleted changes nothing", async () => {
    expect(
      await endRun({ ...run, runId: "jr_1", jobId: "job_x", attempt: 1, state: "SUCCEEDED" }),
    ).toBeNull();
  });

  test.each([
    ["no JSON", "{"],
    ["something else", { status: "DONE" }],
    ["half of it", { status: "SUCCEEDED", rows: 3 }],
  ])("with a manifest that is %s is an internal failure", async (_, manifest) => {
    const job = await jobs.running();
    await putOutput(manifestKey(job), manifest);
    expect(await ended(job)).toMatchObject({ status: "FAILED", error: { code: "internal" } });
  });

  test("with a code nobody knows is an internal failure that keeps the message", async () => {
    const job = await jobs.running();
    await putOutput(manifestKey(job), { status: "FAILED", error: { code: "bit_rot", message: "page 3" } });
    expect(await ended(job, "FAILED")).toMatchObject({ error: { code: "internal", message: "page 3" } });
  });

  test("with a manifest larger than any converter writes is an internal failure", async () => {
    const job = await jobs.running();
    const columns = Array.from({ length: 2000 }, (_, index) => ({
      name: `${index}`.padStart(1000, "x"),
      type: "int32",
    }));
    await putOutput(manifestKey(job), { ...success, columns });
    expect(await ended(job)).toMatchObject({ status: "FAILED", error: { code: "internal" } });
  });

  test("never stores half a character of a long message", async () => {
    const job = await jobs.running();
    const error = { code: "corrupt_file", message: "😀".repeat(5000) };
    await putOutput(manifestKey(job), { status: "FAILED", error });
    const { message = "" } = (await ended(job, "FAILED"))?.error ?? {};
    expect(message.isWellFormed()).toBe(true);
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(4096);
  });

  test("of a job with a hundred long attempts is recorded, and the job can be cancelled and deleted", async () => {
    const long = { bytes: 13, options: Options.parse({ columns: ["漢".repeat(5000)] }) };
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
    expect(
      Buffer.byteLength(JSON.stringify(await viewJob(visible(await findRecord(job.jobId), job.jobId)))),
    ).toBeLessThan(5 * 1024 ** 2);
    await deleteJob(job.jobId);
    expect(await findAttempts(job)).toHaveLength(1);
    expect(await keysOf(job.jobId)).toEqual([]);
  });

  test("keeps the record small: of very many columns the first ones, of a long message its beginning", async () => {
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
