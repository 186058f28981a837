import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { LambdaClient, UpdateFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import {
  DeleteBucketPolicyCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { inputBucket, outputBucket } from "@unparquet/core/aws";
import { createJob } from "@unparquet/core/job/jobs";
import { findRecord } from "@unparquet/core/job/record";
import { createJobId } from "@unparquet/core/job/schema";
import {
  beginDelete,
  cancelled,
  postpone,
  queue,
  recordRun,
  rejectInput,
  requestCancel,
  setUploadId,
  timeIn,
} from "@unparquet/core/job/transitions";
import { createMultipartUpload } from "@unparquet/core/storage/input";
import { python } from "@unparquet/local/lib/paths";
import { Resource } from "sst";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { get, post, request, transport } from "../src/api/client.ts";
import { ended, jobOf, uploaded } from "../src/api/jobs.ts";
import { converter } from "../src/aws/converter.ts";
import { delivery } from "../src/aws/delivery.ts";
import { runEvents, useLambdaLane } from "../src/aws/lambda-lane.ts";
import {
  beginOutput,
  keysOf,
  putInput,
  putOutput,
  threeRows,
  unfinishedOutputs,
} from "../src/fixtures/objects.ts";
import { applied, checked, jobs, rawItem, removeAllRecords, result } from "../src/fixtures/records.ts";
import { type ScriptedGlue, startScriptedGlue } from "../src/glue/scripted-glue.ts";
import { startDeployment } from "../src/permissions/deployed-stage.ts";
import { describePermission } from "../src/permissions/roles.ts";

// Runs the product with each part under its own role. A missing permission fails the test that needs it; permissions that no
// test used are reported at the end.

const deployment = await startDeployment();
const { roles, environmentOf, denials, used, fetch: api, invoke, gate, stop } = deployment;
transport.to = api;
const runEnded = async (event: unknown) => {
  await invoke("RunEnded", event);
};
delivery.to = runEnded;
runEvents.to = runEnded;
converter.environment = environmentOf("ConverterRole");
afterAll(stop);

describe("uploading", async () => {
  await import("@unparquet/functions/upload.test");
});

describe("the pipeline", async () => {
  await import("../../functions/test/pipeline.test.ts");
});

/** Has the reconciler look at the job in its next round. */
const makeDue = async (jobId: string) => {
  const job = await findRecord(jobId);
  if (job) await applied(postpone(job, timeIn(0)));
};
const reconciled = async (jobId: string) => {
  await invoke("Reconcile", {});
  return rawItem(jobId);
};
const triggered = async () => {
  const job = await uploaded();
  await post("/trigger-job", { jobId: job.jobId });
  return job;
};
const convert = () =>
  request("POST", "/convert?filename=trips.parquet", {
    body: threeRows,
    headers: { "Content-Type": "application/vnd.apache.parquet" },
  });

/** A small file, but 2 GB of JSON: there is time to cancel. */
let slow: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "unparquet-permissions-"));
  const write = `
import pyarrow as pa, pyarrow.parquet as pq
rows = pa.repeat(pa.scalar(0, pa.int32()), 2_000_000)
pq.write_table(pa.table({"text": pa.DictionaryArray.from_arrays(rows, ["x" * 1000])}), "slow.parquet")
`;
  await promisify(execFile)(python, ["-c", write], { cwd: folder });
  slow = new Uint8Array(await fs.readFile(path.join(folder, "slow.parquet")));
  await fs.rm(folder, { recursive: true });
});

const cancelledConversion = async () => {
  const { jobId } = await uploaded(slow);
  await post("/trigger-job", { jobId });
  const status = async () => jobOf(await get(`/job-status/${jobId}`));
  while (!(await status()).progress?.rows) await sleep(50);
  await post(`/jobs/${jobId}/cancel`);
  return ended(jobId);
};
const outputsOf = async (jobId: string) => (await keysOf(jobId)).filter((key) => key.endsWith(".ndjson"));

test("a cancelled conversion aborts its unfinished output", async () => {
  const { jobId, status } = await cancelledConversion();
  expect(status).toBe("CANCELLED");
  expect(await outputsOf(jobId)).toEqual([]);
});

describe("in the lane lambda", () => {
  useLambdaLane();
  const { SST_RESOURCE_ConverterFunction } = process.env;
  beforeAll(async () => {
    process.env.SST_RESOURCE_ConverterFunction = JSON.stringify(Resource.ConverterFunction);
    await deployment.restart();
    const Role = `arn:aws:iam::000000000000:role/${deployment.nameOf("ConverterFunctionRole")}`;
    const FunctionName = Resource.ConverterFunction.name;
    await new LambdaClient({}).send(new UpdateFunctionConfigurationCommand({ FunctionName, Role }));
  });
  afterEach(() => {
    gate.before = undefined;
  });
  afterAll(async () => {
    process.env.SST_RESOURCE_ConverterFunction = SST_RESOURCE_ConverterFunction;
    await deployment.restart();
  });

  const cancelBeforeStart = async (event: { "--job-id": string }) => {
    gate.before = undefined;
    await post(`/jobs/${event["--job-id"]}/cancel`);
    return true;
  };
  const isStopRequested = async ({ jobId }: { jobId: string }) =>
    (await keysOf(jobId)).includes(`reports/${jobId}/1/stop.json`);

  test("a file is converted by the function", async () => {
    const { jobId } = await triggered();
    expect(await ended(jobId)).toMatchObject({ status: "SUCCEEDED", attempts: [{ lane: "lambda" }] });
  });

  test("a file is converted in one request", async () => {
    expect((await convert()).status).toBe(303);
  });

  test("a cancelled conversion aborts its unfinished output in the lane lambda", async () => {
    const { jobId, status } = await cancelledConversion();
    expect(status).toBe("CANCELLED");
    expect(await outputsOf(jobId)).toEqual([]);
  });

  test("a run whose job is cancelled while it is being started is asked to stop", async () => {
    gate.before = cancelBeforeStart;
    const job = await triggered();
    expect(await isStopRequested(job)).toBe(true);
  });

  test("a run of a direct conversion that is cancelled while it is being started is asked to stop", async () => {
    let jobId = "";
    gate.before = (event) => {
      jobId = event["--job-id"];
      return cancelBeforeStart(event);
    };
    expect((await convert()).status).toBe(409);
    expect(await isStopRequested({ jobId })).toBe(true);
  });

  test("the reconciler starts jobs that wait for Lambda", async () => {
    gate.before = async () => false;
    const { jobId } = await triggered();
    expect(await rawItem(jobId)).toMatchObject({ status: "QUEUED" });
    gate.before = undefined;
    await makeDue(jobId);
    await reconciled(jobId);
    expect(await ended(jobId)).toMatchObject({ status: "SUCCEEDED", attempts: [{ lane: "lambda" }] });
  });

  test("the reconciler repeats a request to stop", async () => {
    const queued = await applied(queue(await jobs.pending(), { ...checked(), lane: "lambda" }));
    const running = await applied(recordRun(queued, `${queued.jobId}-1`));
    await applied(requestCancel(running));
    await makeDue(queued.jobId);
    await reconciled(queued.jobId);
    expect(await isStopRequested(queued)).toBe(true);
  });
});

describe("with a scripted Glue", () => {
  const { AWS_ENDPOINT_URL_GLUE } = process.env;
  afterAll(() => {
    process.env.AWS_ENDPOINT_URL_GLUE = AWS_ENDPOINT_URL_GLUE;
  });

  describe("jobs", async () => {
    await import("@unparquet/functions/jobs.test");
  });

  describe("background work", () => {
    let glue: ScriptedGlue;
    beforeAll(async () => {
      glue = await startScriptedGlue();
    });
    beforeEach(removeAllRecords);
    afterAll(() => glue.close());

    const state = "FAILED";
    const { name: jobName } = Resource.GlueJob;

    /** What `work` writes is as old as that. */
    const ago = async <T>(minutes: number, work: () => Promise<T>): Promise<T> => {
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - minutes * 60_000 });
      return work().finally(() => vi.useRealTimers());
    };

    test("a run whose job is cancelled while it is being started is stopped", async () => {
      const { jobId } = await uploaded();
      glue.beforeAnswer = async () => {
        glue.beforeAnswer = undefined;
        await post(`/jobs/${jobId}/cancel`);
      };
      expect(await jobOf(await post("/trigger-job", { jobId }))).toMatchObject({ status: "CANCELLED" });
      expect(glue.stopped).toContain(glue.runs[0]?.runId);
    });

    test("a direct conversion that is cancelled, and retried, while it is being started stops its own run", async () => {
      glue.beforeAnswer = async () => {
        glue.beforeAnswer = undefined;
        const { jobId = "" } = glue.runs[0] ?? {};
        await post(`/jobs/${jobId}/cancel`);
        await post(`/jobs/${jobId}/retry`);
      };
      const answer = await convert();
      expect(answer.status).toBe(202);
      expect(await jobOf(answer)).toMatchObject({
        attempts: [{ status: "CANCELLED" }, { status: "RUNNING" }],
      });
      expect(glue.stopped).toContain(glue.runs[1]?.runId);
    });

    test("the reconciler starts jobs that wait for capacity", async () => {
      glue.next = ["full"];
      const { jobId } = await triggered();
      expect(await reconciled(jobId)).toMatchObject({ status: "RUNNING" });
    });

    test("the reconciler ends a job whose event was lost", async () => {
      const { jobId } = await triggered();
      await putOutput(`reports/${jobId}/1/manifest.json`, { ...result, status: "SUCCEEDED" });
      Object.assign(glue.runs[0] ?? {}, { state: "SUCCEEDED", endedAt: new Date() });
      await makeDue(jobId);
      expect(await reconciled(jobId)).toMatchObject({ status: "SUCCEEDED" });
    });

    test.each([
      ["the event of its end", (runId: string) => runEnded({ detail: { jobName, jobRunId: runId, state } })],
      ["the reconciler", async (_: string, jobId: string) => makeDue(jobId).then(() => reconciled(jobId))],
    ])("the unfinished output of a killed run is aborted by %s", async (_, end) => {
      const { jobId } = await triggered();
      await beginOutput(`jobs/${jobId}/1/trips.ndjson`);
      Object.assign(glue.runs[0] ?? {}, { state, endedAt: new Date() });
      await end(glue.runs[0]?.runId ?? "", jobId);
      expect(await rawItem(jobId)).toMatchObject({ status: "FAILED" });
      expect(await unfinishedOutputs(jobId)).toEqual([]);
    });

    test("the reconciler ends a job whose run is lost", async () => {
      const { jobId } = await ago(20, async () => {
        const job = await jobs.running("jr_lost");
        return applied(postpone(job, timeIn(0), { missingSince: timeIn(0) }));
      });
      expect(await reconciled(jobId)).toMatchObject({ status: "FAILED", error: { code: "internal" } });
    });

    test("the reconciler stops an orphaned run", async () => {
      const job = await jobs.queued();
      glue.runs.unshift({
        ...{ runId: "jr_orphan", jobId: job.jobId, attempt: 1 },
        ...{ state: "RUNNING", message: "", startedAt: new Date() },
      });
      await applied(cancelled(job));
      await reconciled(job.jobId);
      expect(glue.stopped).toContain("jr_orphan");
    });

    test("the reconciler expires a job without a file, and keeps one with it", async () => {
      const [without, withFile] = await ago(25 * 60, async () => [
        await jobs.pending(),
        await jobs.pending(),
      ]);
      await putInput(withFile, threeRows);
      expect(await reconciled(without.jobId)).toMatchObject({ status: "EXPIRED" });
      expect(await rawItem(withFile.jobId)).toMatchObject({ status: "PENDING_UPLOAD" });
    });

    test("the reconciler removes a rejected file", async () => {
      const job = await jobs.pending();
      await putInput(job, Buffer.from("id,name"));
      await applied(rejectInput(job, { code: "not_parquet", message: "" }, job.options));
      await makeDue(job.jobId);
      await reconciled(job.jobId);
      expect(await keysOf(job.jobId)).toEqual([]);
    });

    test("an ended job is converted again, keeps its earlier result, and is deleted with it", async () => {
      const { jobId } = await triggered();
      await putOutput(`reports/${jobId}/1/manifest.json`, { ...result, status: "SUCCEEDED" });
      Object.assign(glue.runs[0] ?? {}, { state: "SUCCEEDED", endedAt: new Date() });
      await makeDue(jobId);
      await reconciled(jobId);
      const again = await jobOf(await post(`/jobs/${jobId}/retry`, { options: { limit: 1 } }));
      expect(again).toMatchObject({ attempt: 2, attempts: [{ status: "SUCCEEDED" }, { status: "RUNNING" }] });
      expect((await get(`/download/${jobId}`)).status).toBe(302);
      expect((await post(`/jobs/${jobId}/cancel`)).status).toBe(202);
      Object.assign(glue.runs[0] ?? {}, { state: "STOPPED", endedAt: new Date() });
      await makeDue(jobId);
      expect(await reconciled(jobId)).toMatchObject({ status: "CANCELLED" });
      const job = await findRecord(jobId);
      if (job) await applied(beginDelete(job));
      await makeDue(jobId);
      expect(await reconciled(jobId)).toBeUndefined();
      expect(await keysOf(jobId)).toEqual([]);
    });

    test("the reconciler finishes a deletion, with an upload that was never completed", async () => {
      const input = { jobId: createJobId(), filename: "big.parquet" };
      const uploadId = await createMultipartUpload(input);
      await putInput(input, threeRows);
      await putOutput(`jobs/${input.jobId}/1/trips.ndjson`, {});
      await putOutput(`reports/${input.jobId}/1/progress.json`, {});
      await ago(2, async () => {
        const pending = await createJob({ ...input, bytes: 65 * 1024 ** 2 });
        return applied(beginDelete(await applied(setUploadId(pending, uploadId))));
      });
      expect(await reconciled(input.jobId)).toBeUndefined();
      expect(await keysOf(input.jobId)).toEqual([]);
    });
  });
});

/** Permissions that AWS itself uses on behalf of the role. */
const usedByAws: Record<string, RegExp> = {
  // Lambda and Glue write the logs.
  "any role": /^logs:/,
  // Lambda sends failed events to the queue.
  RunEndedRole: /^sqs:SendMessage /,
  // EventBridge Scheduler calls the function, and sends undeliverable events to the queue.
  ReconcilerRole: /^(lambda:InvokeFunction|sqs:SendMessage) /,
  // Lambda calls the function with events that the converter could not process.
  ConverterFunctionRole: /^lambda:InvokeFunction /,
  // Glue fetches the script and its wheel.
  ConverterRole: /^s3:GetObject on arn:aws:s3:::AssetsBucket\/glue\//,
};

describe("at the end", () => {
  test("no call that the product made was denied", async () => {
    // The pipeline's test sends a PUT to the index's presigned URL, which is for GET.
    const isProbe = /-StatusRole: s3:PutObject on \S+\/index\.json is not allowed$/;
    expect((await denials()).filter((denial) => !isProbe.test(denial))).toEqual([]);
  });

  test.each(Object.entries(roles))("no permission of %s is superfluous", async (role, permissions) => {
    const sids = await used(role);
    const needless = permissions
      .filter(({ sid }) => !sids.has(sid))
      .map(describePermission)
      .filter((right) => !usedByAws["any role"]?.test(right) && !usedByAws[role]?.test(right));
    expect(needless).toEqual([]);
  });

  test.each(Object.entries(roles))("no permission of %s is for more than one action", (_, permissions) => {
    expect(permissions.filter(({ action }) => /[*?]/.test(action))).toEqual([]);
  });

  test.each(Object.keys(roles))(
    "%s can neither scan the table nor list or change the buckets",
    async (role) => {
      const {
        AWS_ACCESS_KEY_ID = "",
        AWS_SECRET_ACCESS_KEY = "",
        AWS_SESSION_TOKEN = "",
      } = environmentOf(role);
      const credentials = {
        accessKeyId: AWS_ACCESS_KEY_ID,
        secretAccessKey: AWS_SECRET_ACCESS_KEY,
        sessionToken: AWS_SESSION_TOKEN,
      };
      const table = new DynamoDBClient({ credentials });
      await expect(table.send(new ScanCommand({ TableName: Resource.JobTable.name }))).rejects.toMatchObject({
        name: "AccessDeniedException",
      });
      const s3 = new S3Client({ credentials });
      for (const Bucket of [inputBucket(), outputBucket()]) {
        for (const command of [
          new ListObjectsV2Command({ Bucket }),
          new DeleteBucketPolicyCommand({ Bucket }),
          new PutObjectCommand({ Bucket, Key: "elsewhere", Body: "" }),
        ]) {
          // biome-ignore lint/suspicious/noExplicitAny: a union of commands fits no overload
          await expect(s3.send(command as any)).rejects.toMatchObject({ name: "AccessDenied" });
        }
      }
    },
  );
});
