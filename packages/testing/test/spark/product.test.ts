import { createHash } from "node:crypto";
import { Options } from "@unparquet/core/conversion/options";
import type { Progress } from "@unparquet/core/conversion/reports";
import { findRecord, type JobRecord } from "@unparquet/core/job/record";
import { cancelJob, retryJob, triggerJob } from "@unparquet/core/job/run";
import { isEnded } from "@unparquet/core/job/schema";
import { uploadDirectly } from "@unparquet/core/job/upload";
import { outputUrl, readProgress } from "@unparquet/core/storage/output";
import { runEnded } from "@unparquet/local/lambda";
import { Resource } from "sst";
import { beforeAll, expect, test, vi } from "vitest";
import { delivery } from "../../src/aws/delivery.ts";
import { useSparkLane } from "../../src/aws/spark-lane.ts";
import { keysOf, slowRows, threeRows, unfinishedOutputs } from "../../src/fixtures/objects.ts";
import { descendants } from "../../src/processes.ts";

// Jobs in the lane `spark`, with the real Spark. glue/tests/test_spark.py has the faults of tasks and executors.

useSparkLane();

let slow: Uint8Array;
beforeAll(async () => {
  delivery.to = runEnded;
  slow = await slowRows();
});

async function trigger(file: Uint8Array, options: object = {}): Promise<JobRecord> {
  const upload = await uploadDirectly({ filename: "trips.parquet" }, file);
  return (await triggerJob(upload.job.jobId, Options.parse(options))).job;
}

function until<T>(look: () => Promise<T | undefined | null | false>): Promise<T> {
  return vi.waitUntil(look, { timeout: 150_000, interval: 50 });
}

async function ended({ jobId }: JobRecord): Promise<JobRecord> {
  return until(async () => {
    const job = await findRecord(jobId);
    return job && isEnded(job.status) && job;
  });
}

/** Waits until the progress of a job has rows. */
function firstRows(job: JobRecord): Promise<Progress> {
  return until(async () => {
    // versitygw may respond with the old checksum and the new object.
    const progress = await readProgress(job).catch(() => null);
    return progress?.rows ? progress : null;
  });
}

/** Starts a conversion that takes long, and waits for its first rows. */
async function converting(): Promise<JobRecord> {
  const job = await trigger(slow);
  await firstRows(job);
  expect(await unfinishedOutputs(job.jobId)).toHaveLength(1);
  return job;
}

async function expectNothingLeft({ jobId }: JobRecord): Promise<void> {
  expect(await unfinishedOutputs(jobId)).toEqual([]);
  expect((await keysOf(jobId)).filter((key) => key.startsWith("jobs/"))).toEqual([]);
}

async function digestOf(job: JobRecord): Promise<string> {
  const output = await fetch(await outputUrl(job));
  expect(output.status).toBe(200);
  return createHash("sha256")
    .update(await output.bytes())
    .digest("hex");
}

test("a job on Spark has the workers for its size, its progress, and the output of the lane shell", async () => {
  const limit = 25_000_000;
  const job = await trigger(slow, { limit });
  expect(job).toMatchObject({ lane: "spark", workers: 2 });
  expect((await firstRows(job)).totalRows).toBe(limit);
  const onSpark = await ended(job);
  expect(onSpark).toMatchObject({ status: "SUCCEEDED", result: { rows: limit, indexed: true } });

  const { outputMinBytes } = Resource.SparkJob;
  Resource.SparkJob.outputMinBytes = 1e12;
  const inShell = await ended(await trigger(slow, { limit }));
  Resource.SparkJob.outputMinBytes = outputMinBytes;
  expect(inShell).toMatchObject({ status: "SUCCEEDED", lane: "shell" });
  expect(await digestOf(onSpark)).toBe(await digestOf(inShell));
});

test("a job cancelled while Spark converts ends CANCELLED and leaves no output and no upload", async () => {
  const job = await converting();
  expect((await cancelJob(job.jobId)).job.status).toBe("CANCELLING");
  expect(await ended(job)).toMatchObject({ status: "CANCELLED", lane: "spark" });
  await expectNothingLeft(job);
});

test("a killed driver fails its job and leaves no upload, and a retry succeeds", async () => {
  const job = await converting();
  for (const [pid, command] of await descendants(process.ppid)) {
    if (command.includes("spark_job.py") && command.includes(job.jobId)) process.kill(pid, "SIGKILL");
  }
  expect(await ended(job)).toMatchObject({ status: "FAILED", error: { code: "out_of_memory" } });
  await expectNothingLeft(job);

  const retried = await ended((await retryJob(job.jobId, Options.parse({ limit: 3 }))).job);
  expect(retried).toMatchObject({ status: "SUCCEEDED", attempt: 2, lane: "spark", result: { rows: 3 } });
});

test("an error of the file is the one of the other lanes", async () => {
  const job = await ended(await trigger(threeRows.with(72, 255)));
  expect(job).toMatchObject({ status: "FAILED", lane: "spark", error: { code: "corrupt_file" } });
  await expectNothingLeft(job);
});
