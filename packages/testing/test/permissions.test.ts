import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import {
  DeleteBucketPolicyCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { inputBucket, outputBucket } from "@unparquet/core/aws";
import { createJob } from "@unparquet/core/job/jobs";
import { findRecord } from "@unparquet/core/job/record";
import { createJobId, isEnded } from "@unparquet/core/job/schema";
import {
  beginDelete,
  cancelled,
  postpone,
  rejectInput,
  setUploadId,
  timeIn,
} from "@unparquet/core/job/transitions";
import { createMultipartUpload } from "@unparquet/core/storage/input";
import { python } from "@unparquet/local/lib/paths";
import { Resource } from "sst";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { get, post, transport } from "../src/api/client.ts";
import { jobOf, uploaded } from "../src/api/jobs.ts";
import { converter } from "../src/aws/converter.ts";
import { delivery } from "../src/aws/delivery.ts";
import { keysOf, parquetLike, putInput, putOutput } from "../src/fixtures/objects.ts";
import { applied, jobs, rawItem, removeAllRecords, result } from "../src/fixtures/records.ts";
import { type ScriptedGlue, startScriptedGlue } from "../src/glue/scripted-glue.ts";
import { startDeployment } from "../src/permissions/deployed-stage.ts";
import { describePermission } from "../src/permissions/roles.ts";

// Runs the product with each part under its own role. A missing permission fails the test that needs it; permissions that no
// test used are reported at the end.

const { roles, environmentOf, denials, used, fetch: api, invoke, stop } = await startDeployment();
transport.to = api;
delivery.to = async (event) => {
  await invoke("GlueStateChange", event);
};
converter.environment = environmentOf("ConverterRole");
afterAll(stop);

describe("uploading", async () => {
  await import("@unparquet/functions/upload.test");
});

describe("the pipeline", async () => {
  await import("../../functions/test/pipeline.test.ts");
});

describe("a conversion", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), "unparquet-permissions-"));
  });
  afterAll(() => fs.rm(folder, { recursive: true, force: true }));

  test("a cancelled conversion aborts its unfinished output", async () => {
    // A small file, but 2 GB of JSON: there is time to cancel.
    const write = `
import pyarrow as pa, pyarrow.parquet as pq
rows = pa.repeat(pa.scalar(0, pa.int32()), 2_000_000)
pq.write_table(pa.table({"text": pa.DictionaryArray.from_arrays(rows, ["x" * 1000])}), "slow.parquet")
`;
    await promisify(execFile)(python, ["-c", write], { cwd: folder });
    const { jobId } = await uploaded(new Uint8Array(await fs.readFile(path.join(folder, "slow.parquet"))));
    await post("/trigger-job", { jobId });
    const status = async () => jobOf(await get(`/job-status/${jobId}`));
    while (!(await status()).progress?.rows) await sleep(50);
    await post(`/jobs/${jobId}/cancel`);
    while (!isEnded((await status()).status)) await sleep(50);
    expect(await status()).toMatchObject({ status: "CANCELLED" });
    expect((await keysOf(jobId)).filter((key) => key.endsWith(".ndjson"))).toEqual([]);
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

    /** What `work` writes is as old as that. */
    const ago = async <T>(minutes: number, work: () => Promise<T>): Promise<T> => {
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - minutes * 60_000 });
      return work().finally(() => vi.useRealTimers());
    };
    const reconciled = async (jobId: string) => {
      await invoke("Reconcile", {});
      return rawItem(jobId);
    };
    /** Has the reconciler look at the job in its next round. */
    const makeDue = async (jobId: string) => {
      const job = await findRecord(jobId);
      if (job) await applied(postpone(job, timeIn(0)));
    };
    const triggered = async () => {
      const job = await uploaded();
      await post("/trigger-job", { jobId: job.jobId });
      return job;
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
      await putInput(withFile, parquetLike());
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
      await putInput(input, parquetLike());
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
  GlueStateChangeRole: /^sqs:SendMessage /,
  // EventBridge Scheduler calls the function, and sends undeliverable events to the queue.
  ReconcilerRole: /^(lambda:InvokeFunction|sqs:SendMessage) /,
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
