import { putOutput } from "@unparquet/testing/fixtures/objects";
import { result } from "@unparquet/testing/fixtures/records";
import { describe, expect, test } from "vitest";
import { createJobId } from "../job/schema.ts";
import { manifestKey, progressKey, runKey } from "../storage/keys.ts";
import { findFailed, lambda } from "./lambda.ts";

const ago = (seconds: number) => new Date(Date.now() - 1000 * seconds).toISOString();
const accepted = (runningAt = ago(1)) => ({ jobId: createJobId(), attempt: 1, runningAt });
type Attempt = ReturnType<typeof accepted>;

const claim = (attempt: Attempt, startedAt = ago(1)) => putOutput(runKey(attempt), { id: "x", startedAt });
const failed = (code: string) => ({ status: "FAILED", error: { code, message: "page 3" } });

describe("the state of a run", () => {
  test("a run that has not begun is live until its event expires, and then unknown", async () => {
    expect(await lambda.find(accepted(ago(899)))).toMatchObject({ state: "LIVE" });
    expect(await lambda.find(accepted(ago(901)))).toBeNull();
  });

  test("a run is live while it reports, and has crashed after two minutes without a report", async () => {
    const attempt = accepted(ago(600));
    await claim(attempt, ago(600));
    expect(await lambda.find(attempt)).toMatchObject({ state: "ERROR", message: /stopped reporting/ });
    await putOutput(progressKey(attempt), { rows: 0, totalRows: 0, outputBytes: 0, updatedAt: ago(100) });
    expect(await lambda.find(attempt)).toMatchObject({ state: "LIVE" });
  });

  test.each([
    ["SUCCEEDED", { ...result, durationMs: 2000, status: "SUCCEEDED" }],
    ["FAILED", failed("corrupt_file")],
    ["FAILED", failed("stopped")],
    ["TIMED_OUT", failed("timed_out")],
  ])("a run is %s as its manifest says", async (state, manifest) => {
    const attempt = accepted();
    await claim(attempt);
    await putOutput(manifestKey(attempt), manifest);
    expect(await lambda.find(attempt)).toMatchObject({ state, runId: `${attempt.jobId}-1` });
  });

  test("a successful run is billed for the time it took", async () => {
    const attempt = accepted();
    await claim(attempt);
    await putOutput(manifestKey(attempt), { ...result, durationMs: 2000, status: "SUCCEEDED" });
    expect(await lambda.find(attempt)).toMatchObject({ executionSeconds: 2, billed: { lambdaSeconds: 2 } });
  });
});

describe("a stop request", () => {
  test("a run that is asked to stop before it begins has stopped", async () => {
    const attempt = accepted();
    await lambda.stop(attempt);
    expect(await lambda.find(attempt)).toMatchObject({ state: "STOPPED" });
  });

  test("a run that is asked to stop while it converts is stopping, and then stopped", async () => {
    const attempt = accepted();
    await claim(attempt);
    await lambda.stop(attempt);
    expect(await lambda.find(attempt)).toMatchObject({ state: "STOPPING" });
    await putOutput(manifestKey(attempt), failed("stopped"));
    expect(await lambda.find(attempt)).toMatchObject({ state: "STOPPED" });
  });
});

test("findAll returns the runs of the attempts that were claimed", async () => {
  const [one, other] = [accepted(), accepted()];
  await claim(one);
  expect(await lambda.findAll([one, other], new Date(0))).toMatchObject([{ jobId: one.jobId }]);
});

describe("an event that Lambda gives up on", () => {
  const record = ({ jobId }: Attempt, condition: string, errorMessage?: string) => ({
    requestContext: { condition },
    requestPayload: { "--job-id": jobId, "--attempt": 1 },
    responsePayload: errorMessage === undefined ? null : { errorMessage },
  });

  test.each([
    ["2026-01-31T12:00:00.000Z 7d2f Task timed out after 900.00 seconds", "TIMED_OUT"],
    ["RequestId: 7d2f Error: Runtime exited with error: signal: killed", "OUT_OF_MEMORY"],
    ["Worker process died", "OUT_OF_MEMORY"],
    ["RequestId: 7d2f Error: Runtime exited with error: exit status 1", "ERROR"],
  ])("the message %j means that the run ended %s", async (message, state) => {
    const attempt = accepted();
    await claim(attempt);
    expect(await findFailed(record(attempt, "RetriesExhausted", message))).toMatchObject({ state, message });
  });

  test("a run that waited too long to start had no capacity, unless it has started after all", async () => {
    const attempt = accepted();
    expect(await findFailed(record(attempt, "EventAgeExceeded"))).toMatchObject({ state: "NO_CAPACITY" });
    await claim(attempt);
    expect(await findFailed(record(attempt, "EventAgeExceeded"))).toMatchObject({ state: "LIVE" });
  });

  test("a manifest takes precedence over Lambda's failure record", async () => {
    const attempt = accepted();
    await claim(attempt);
    await putOutput(manifestKey(attempt), failed("corrupt_file"));
    expect(await findFailed(record(attempt, "RetriesExhausted", "signal: killed"))).toMatchObject({
      state: "FAILED",
    });
  });
});
