import fs from "node:fs/promises";
import os, { availableParallelism } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { slowRows, threeRows } from "@unparquet/testing/fixtures/objects";
import { descendants } from "@unparquet/testing/processes";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { environmentCredentials } from "../lib/credentials.ts";
import { freePort } from "../lib/free-port.ts";
import { hostWheel } from "../lib/paths.ts";
import { ensureStage, uploadAssets } from "../resources.ts";
import { receiveRunEvents } from "../run-events.ts";
import { type Ministack, startMinistack } from "./ministack.ts";

const stage = {
  inputBucket: "lane-input",
  outputBucket: "lane-output",
  jobTable: "lane-jobs",
  glueJob: "lane-converter",
  lambda: { function: "lane-converter-function", events: "lane-run-events" },
};

let folder: string;
let slow: Uint8Array;
let aws: Ministack;
let s3: S3Client;
let lambda: LambdaClient;
let receiving: AbortController;
const events: unknown[] = [];

/** Starts ministack, or starts it again on the same folder and port. */
async function startAws(): Promise<void> {
  const port = aws ? Number(new URL(aws.url).port) : await freePort();
  const credentials = environmentCredentials(process.env);
  aws = await startMinistack({ folder: path.join(folder, "aws"), port, credentials });
  process.env.AWS_ENDPOINT_URL = aws.url;
  // It keeps no functions, roles and queues.
  await ensureStage(stage, await uploadAssets("lane-assets", await hostWheel()));
}

beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "lambda-test-"));
  slow = await slowRows();
  await startAws();
  s3 = new S3Client({ forcePathStyle: true });
  lambda = new LambdaClient({});
});

afterAll(async () => {
  await aws.stop();
  await fs.rm(folder, { recursive: true, force: true });
});

async function keep(event: unknown): Promise<void> {
  events.push(event);
}

let handle: typeof keep;

beforeEach(() => {
  events.length = 0;
  handle = keep;
  receiving = new AbortController();
  void receiveRunEvents(stage.lambda.events, (event) => handle(event), receiving.signal);
});

afterEach(() => receiving.abort());

async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found) return found;
    await sleep(20);
  }
}

async function put(jobId: string, Body: Uint8Array, Bucket = stage.inputBucket): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket, Key: `uploads/${jobId}`, Body }));
}

async function read(Key: string): Promise<string | undefined> {
  const object = await s3
    .send(new GetObjectCommand({ Bucket: stage.outputBucket, Key }))
    .catch(() => undefined);
  return object?.Body?.transformToString();
}

async function manifestOf(jobId: string) {
  return until(async () => {
    const text = await read(`reports/${jobId}/1/manifest.json`);
    return text && JSON.parse(text);
  });
}

/** Waits for the event about a job's run. */
async function eventOf(jobId: string): Promise<unknown> {
  return until(() => events.find((event) => JSON.stringify(event).includes(`reports/${jobId}/`)));
}

/** Starts a run without waiting for it. */
async function start(jobId: string, changes: Record<string, string> = {}): Promise<Record<string, string>> {
  const payload = {
    "--job-id": jobId,
    "--attempt": "1",
    "--input": `s3://${stage.inputBucket}/uploads/${jobId}`,
    "--output": `s3://${stage.outputBucket}/jobs/${jobId}/1/a.ndjson`,
    "--reports": `s3://${stage.outputBucket}/reports/${jobId}/1`,
    ...changes,
  };
  await lambda.send(
    new InvokeCommand({
      FunctionName: stage.lambda.function,
      InvocationType: "Event",
      Payload: JSON.stringify(payload),
    }),
  );
  return payload;
}

async function workers(): Promise<number[]> {
  return [...(await descendants(aws.pid))]
    .filter(([, command]) => command.includes("_worker.py"))
    .map(([pid]) => pid);
}

/** Resolves once the run's process converts. */
async function startSlow(jobId: string): Promise<{ payload: Record<string, string>; pid: number }> {
  await put(jobId, slow);
  const payload = await start(jobId);
  await until(() => read(`reports/${jobId}/1/progress.json`));
  const [pid = 0] = await workers();
  return { payload, pid };
}

test("the function converts, and S3's event of its manifest arrives", async () => {
  await put("job_1", threeRows);
  await start("job_1");
  expect(await manifestOf("job_1")).toMatchObject({ status: "SUCCEEDED", rows: 3 });
  expect((await read("jobs/job_1/1/a.ndjson"))?.split("\n")).toHaveLength(4);
  expect(await eventOf("job_1")).toEqual({
    Records: [
      expect.objectContaining({
        eventSource: "aws:s3",
        s3: expect.objectContaining({
          object: expect.objectContaining({ key: "reports/job_1/1/manifest.json" }),
        }),
      }),
    ],
  });
});

test("the function may read inputs only, and does not get the user's key", async () => {
  await put("job_2", threeRows, stage.outputBucket);
  await start("job_2", { "--input": `s3://${stage.outputBucket}/uploads/job_2` });
  expect(await manifestOf("job_2")).toMatchObject({ status: "FAILED", error: { code: "input_missing" } });
  const [pid] = await workers();
  const environment = await fs.readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
  expect(environment).not.toContain(environmentCredentials(process.env).secretAccessKey);
});

test("an event whose handling fails arrives again", async () => {
  handle = async () => {
    handle = keep;
    throw new Error("the table is throttled");
  };
  await put("job_3", threeRows);
  await start("job_3");
  await eventOf("job_3");
});

test("the event of a killed run arrives, and the next run works", async () => {
  const { payload, pid } = await startSlow("job_4");
  process.kill(pid, "SIGKILL");
  expect(await eventOf("job_4")).toEqual(
    expect.objectContaining({
      requestContext: expect.objectContaining({ condition: "RetriesExhausted" }),
      requestPayload: payload,
      responsePayload: expect.objectContaining({ errorMessage: expect.any(String) }),
    }),
  );
  expect(await read("reports/job_4/1/manifest.json")).toBeUndefined();
  await put("job_5", threeRows);
  await start("job_5");
  expect(await manifestOf("job_5")).toMatchObject({ status: "SUCCEEDED" });
});

test("more runs than processors wait for a free one", async () => {
  const jobs = Array.from({ length: 3 * availableParallelism() }, (_, nth) => `job_many_${nth}`);
  await put("job_many", threeRows);
  for (const jobId of jobs) {
    await start(jobId, { "--input": `s3://${stage.inputBucket}/uploads/job_many` });
  }
  const manifests = await Promise.all(jobs.map(manifestOf));
  expect(manifests.map(({ status }) => status)).toEqual(jobs.map(() => "SUCCEEDED"));
  expect((await workers()).length).toBeLessThanOrEqual(Math.max(2, availableParallelism()));
});

test("a run that is converting when ministack stops reports it, and nothing is left", async () => {
  await startSlow("job_6");
  const processes = await workers();
  receiving.abort();
  await aws.stop();
  for (const pid of processes) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  expect(await fs.readdir(path.join(folder, "aws/tmp"))).toEqual([]);

  await startAws();
  expect(await manifestOf("job_6")).toMatchObject({ status: "FAILED", error: { code: "stopped" } });
});

test("the processes of functions end when ministack is killed, and their files go at the next start", async () => {
  await startSlow("job_7");
  const processes = await workers();
  process.kill(aws.pid, "SIGKILL");
  await aws.ended;
  for (const pid of processes) {
    await until(() => {
      try {
        process.kill(pid, 0);
        return false;
      } catch {
        return true;
      }
    });
  }
  await startAws();
  expect(await fs.readdir(path.join(folder, "aws/tmp"))).toEqual([]);
  await put("job_8", threeRows);
  await start("job_8");
  expect(await manifestOf("job_8")).toMatchObject({ status: "SUCCEEDED" });
  await eventOf("job_8");
});
