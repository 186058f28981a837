import { describe, expect, test } from "vitest";
import { endingOf, endRun } from "./finish.ts";
import type { EndedState } from "./glue/runs.ts";
import type { JobRecord } from "./job/entity.ts";
import { findRecord } from "./job/find.ts";
import { Options } from "./job/options.ts";
import { fail, queueAgain, recordRun } from "./job/transitions.ts";
import { manifestKey } from "./storage/keys.ts";
import { putOutput } from "./testing/objects.ts";
import { jobs, moved, result } from "./testing/records.ts";

const { columnsOmitted: _, ...written } = result;
const success = { ...written, status: "SUCCEEDED" } as const;
const failure = { status: "FAILED", error: { code: "corrupt_file", message: "page 3" } } as const;

const ended = (job: JobRecord, state: EndedState = "SUCCEEDED", runId = "jr_1") =>
  endRun({ runId, jobId: job.jobId, attempt: job.attempt, state, message: "" });

describe("how an attempt ends", () => {
  test.each([
    ["SUCCEEDED", success, { status: "SUCCEEDED" }],
    ["SUCCEEDED", null, { status: "FAILED", error: { code: "internal" } }],
    ["SUCCEEDED", failure, { status: "FAILED", error: failure.error }],
    ["FAILED", failure, { status: "FAILED", error: failure.error }],
    ["FAILED", null, { status: "FAILED", error: { code: "internal" } }],
    ["FAILED", success, { status: "FAILED", error: { code: "internal" } }],
    ["ERROR", null, { status: "FAILED", error: { code: "internal" } }],
    ["TIMEOUT", null, { status: "FAILED", error: { code: "timed_out" } }],
    ["TIMEOUT", success, { status: "FAILED", error: { code: "timed_out" } }],
    ["EXPIRED", null, { status: "FAILED", error: { code: "timed_out" } }],
    ["STOPPED", null, { status: "CANCELLED" }],
    ["STOPPED", failure, { status: "CANCELLED" }],
  ] as const)("Glue says %s, the manifest %j", (state, manifest, expected) => {
    expect(endingOf(state, "", manifest)).toMatchObject(expected);
  });

  test("Glue's own message is kept where the run said nothing", () => {
    expect(endingOf("FAILED", "Out of memory", null)).toMatchObject({ error: { message: /Out of memory/ } });
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
      attempts: [{ status: "FAILED", glueRunId: "jr_1" }],
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
    const failed = await moved(fail(first, failure.error));
    const input = { bytes: 13, options: Options.parse({}) };
    await moved(recordRun(await moved(queueAgain(failed, input)), "jr_2"));
    expect(await ended(first)).toBeNull();
    expect(await findRecord(first.jobId)).toMatchObject({ status: "RUNNING", attempt: 2 });
  });

  test("of a job that was deleted changes nothing", async () => {
    expect(
      await endRun({ runId: "jr_1", jobId: "job_x", attempt: 1, state: "SUCCEEDED", message: "" }),
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

  test("keeps the record small: of very many columns the first ones, of a long message its beginning", async () => {
    const wide = await jobs.running();
    const columns = Array.from({ length: 20_000 }, (_, i) => ({ name: `column_${i}`, type: "int64" }));
    await putOutput(manifestKey(wide), { ...success, columns });
    const stored = (await ended(wide))?.result;
    expect(stored?.columns.length).toBeGreaterThan(1000);
    expect(stored).toMatchObject({ columnsOmitted: 20_000 - (stored?.columns.length ?? 0) });

    const verbose = await jobs.running();
    const error = { code: "corrupt_file", message: "x".repeat(100_000) };
    await putOutput(manifestKey(verbose), { status: "FAILED", error });
    expect((await ended(verbose, "FAILED"))?.error?.message.length).toBeLessThan(2000);
  });
});
