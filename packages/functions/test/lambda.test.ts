import { glueJobName } from "@unparquet/core/lanes/shell";
import { type Answer, event } from "@unparquet/testing/api/gateway";
import { jobOf } from "@unparquet/testing/api/jobs";
import { readInput } from "@unparquet/testing/fixtures/objects";
import { jobs, rawItem } from "@unparquet/testing/fixtures/records";
import { startScriptedGlue } from "@unparquet/testing/glue/scripted-glue";
import type { LambdaEvent } from "hono/aws-lambda";
import { Resource } from "sst";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { handler as list } from "../src/jobs.ts";
import { handler as reconcile } from "../src/reconcile.ts";
import { handler as runEnded } from "../src/run-ended.ts";
import { handler as status } from "../src/status.ts";
import { handler as upload } from "../src/upload.ts";

// Runs in states that a test chooses.
let glue: Awaited<ReturnType<typeof startScriptedGlue>>;
beforeAll(async () => {
  glue = await startScriptedGlue();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});
afterAll(() => glue.close());

const context = { awsRequestId: "00000000-0000-4000-8000-000000000000" };
type Handler = (event: LambdaEvent, context: never) => Promise<unknown>;
const invoke = async (handler: Handler, given: LambdaEvent) =>
  (await handler(given, context as never)) as Answer;

describe("behind API Gateway", () => {
  test("a file arrives as base64 and is stored as it was", async () => {
    const bytes = Buffer.from([0x50, 0x41, 0x52, 0x31, 0, 255, 128, 10, 13]);
    const answer = await invoke(
      upload,
      event("POST", "/upload", {
        rawQueryString: "filename=Fahrten%20M%C3%A4rz.parquet",
        headers: { "content-type": "application/octet-stream" },
        body: bytes.toString("base64"),
        isBase64Encoded: true,
      }),
    );
    expect(answer.statusCode).toBe(201);
    const job = await jobOf(new Response(answer.body));
    expect(job.filename).toBe("Fahrten März.parquet");
    expect(await readInput(job)).toEqual(bytes);
  });

  test("JSON goes in and comes out as text", async () => {
    const answer = await invoke(
      upload,
      event("POST", "/upload", {
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ filename: "ü.parquet", size: 4 }),
      }),
    );
    expect(answer).toMatchObject({ statusCode: 201, isBase64Encoded: false });
    expect(JSON.parse(answer.body)).toMatchObject({ job: { filename: "ü.parquet" } });
  });

  test("path and query are read from the event", async () => {
    const { jobId } = await jobs.failed();
    expect(await invoke(status, event("GET", `/job-status/${jobId}`))).toMatchObject({ statusCode: 200 });
    const page = await invoke(
      list,
      event("GET", "/jobs", { rawQueryString: "status=FAILED&status=QUEUED&limit=1" }),
    );
    expect(JSON.parse(page.body)).toMatchObject({ jobs: [{ jobId }] });
  });

  test("an error has the Lambda request id", async () => {
    const answer = await invoke(status, event("GET", "/job-status/job_nope"));
    expect(answer).toMatchObject({
      statusCode: 404,
      isBase64Encoded: false,
      headers: { "content-type": "application/problem+json", "x-request-id": context.awsRequestId },
    });
    expect(JSON.parse(answer.body)).toMatchObject({ code: "job_not_found", requestId: context.awsRequestId });
  });

  test("uploads are counted by the source address from API Gateway", async () => {
    const { uploadsPerDayPerCaller } = Resource.Limits;
    Resource.Limits.uploadsPerDayPerCaller = 1;
    const uploadFrom = async (sourceIp: string) => {
      const given = event("POST", "/upload", {
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ filename: "a.parquet", size: 4 }),
      });
      if ("http" in given.requestContext) given.requestContext.http.sourceIp = sourceIp;
      return (await invoke(upload, given)).statusCode;
    };
    expect(await uploadFrom("198.51.100.1")).toBe(201);
    expect(await uploadFrom("198.51.100.1")).toBe(429);
    expect(await uploadFrom("198.51.100.2")).toBe(201);
    Resource.Limits.uploadsPerDayPerCaller = uploadsPerDayPerCaller;
  });
});

/** What a function writes to its log for CloudWatch to make metrics of. */
const metricsOf = async (work: () => Promise<unknown>): Promise<Record<string, unknown>> => {
  const lines: string[] = [];
  const write = vi.spyOn(process.stdout, "write").mockImplementation((line) => lines.push(String(line)) > 0);
  await work();
  write.mockRestore();
  const metrics = lines.filter((line) => line.startsWith('{"_aws"')).map((line): object => JSON.parse(line));
  return Object.assign({}, ...metrics);
};

const change = (runId: string, state: string, more: object = {}) => ({
  version: "0",
  source: "aws.glue",
  "detail-type": "Glue Job State Change",
  detail: { jobName: glueJobName(), jobRunId: runId, state, severity: "INFO", message: "", ...more },
});

const running = async (runId: string) => {
  const job = await jobs.running(runId);
  glue.runs.unshift({
    runId,
    jobId: job.jobId,
    attempt: 1,
    state: "RUNNING",
    message: "",
    startedAt: new Date(),
  });
  return job;
};

describe("Glue state changes", () => {
  test("the end of a run ends its job and is measured", async () => {
    const { jobId } = await running("jr_a");
    const metrics = await metricsOf(() => runEnded(change("jr_a", "TIMEOUT")));
    expect(await rawItem(jobId)).toMatchObject({ status: "FAILED", error: { code: "timed_out" } });
    expect(metrics).toMatchObject({ service: "unparquet", JobFailed: 1, JobBroken: 1 });
  });

  test("a repeated event is measured once", async () => {
    await running("jr_b");
    await runEnded(change("jr_b", "STOPPED"));
    expect(await metricsOf(() => runEnded(change("jr_b", "STOPPED")))).toEqual({});
  });

  test.each([
    ["of another Glue job", "jr_c", "STOPPED", { jobName: "other" }],
    ["that is not the end of a run", "jr_d", "RUNNING", {}],
  ])("an event %s changes nothing", async (_, runId, state, more) => {
    const { jobId } = await running(runId);
    await runEnded(change(runId, state, more));
    expect(await rawItem(jobId)).toMatchObject({ status: "RUNNING" });
  });

  test("the event of a run that Glue does not know changes nothing", async () => {
    await expect(runEnded(change("jr_ghost", "FAILED"))).resolves.toBeUndefined();
  });

  test("a malformed event is thrown, so that it reaches the dead-letter queue", async () => {
    await expect(runEnded({ detail: {} })).rejects.toThrow();
  });
});

test("the reconciler ends a job whose event was missed and measures it", async () => {
  const { jobId } = await running("jr_e");
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 120_000 });
  for (const run of glue.runs) Object.assign(run, { state: "STOPPED", endedAt: new Date() });
  const metrics = await metricsOf(() => reconcile({}));
  expect(await rawItem(jobId)).toMatchObject({ status: "CANCELLED" });
  expect(metrics).toMatchObject({ JobStuck: 0, ReconcileProblem: 0 });
  expect([metrics.JobCancelled].flat()).toContain(1);
});
