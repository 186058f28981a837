import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BatchStopJobRunCommand, GlueClient, type JobRun, StartJobRunCommand } from "@aws-sdk/client-glue";
import { root } from "@unparquet/local/lib/paths";
import { commandOf } from "@unparquet/local/lib/processes";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { put, TestGlue } from "../../src/glue/endpoint.ts";
import { wheelOf } from "../../src/glue/wheel.ts";
import { descendants } from "../../src/processes.ts";

// Spark jobs on the local Glue endpoint, with the real Spark.

// A minute of half a second, so that a test can wait for a timeout.
const glue = new TestGlue({ minute: 500, patience: 2_000 });

vi.setConfig({ testTimeout: 180_000 });

beforeAll(() => glue.start());
afterAll(() => glue.remove());

/** Runs two tasks that wait for each other, so that each is in another executor. */
const together = `
import json, os, time
from pyspark import SparkContext, TaskContext

sc = SparkContext()
folder = os.getcwd()

def meet():
    name = f"task-{TaskContext.get().partitionId()}"
    open(f"{folder}/{name}", "w").close()
    while len([found for found in os.listdir(folder) if found.startswith("task-")]) < 2:
        time.sleep(0.02)

def run(task):
    print(json.dumps(sc.parallelize(range(2), 2).map(task).collect()), flush=True)
`;

const sleeper = `${together}
def endless(n):
    meet()
    open(f"{folder}/ready-{n}", "w").close()
    time.sleep(600)

run(endless)
`;

const succeeded = async (job: string, id: string): Promise<JobRun> => {
  const run = await glue.until(job, id, "SUCCEEDED", "FAILED", "TIMEOUT");
  if (run.JobRunState !== "SUCCEEDED") throw new Error(await glue.log(id, "error"));
  return run;
};

const temporary = (id: string): string => path.join(glue.folder, "tmp", id);

/** Waits until both tasks of `sleeper` run. @returns the ids of the run's processes */
async function working(id: string): Promise<number[]> {
  for (;;) {
    const files = await fs.readdir(temporary(id)).catch(() => []);
    if (files.filter((name) => name.startsWith("ready-")).length === 2) break;
    await sleep(20);
  }
  const driver = Number(await fs.readFile(path.join(glue.folder, "logs", id, "pid"), "utf8"));
  const found = await descendants(driver);
  const count = (part: string): number => [...found.values()].filter((it) => it.includes(part)).length;
  expect(count("CoarseGrainedExecutorBackend")).toBe(2);
  // Two daemons, and a worker of each.
  expect(count("pyspark.daemon")).toBe(4);
  return [driver, ...found.keys()];
}

/** Waits until the processes are gone, and expects no files of the run except logs. */
async function gone(id: string, pids: number[]): Promise<void> {
  for (const pid of pids) while ((await commandOf(pid)) !== "") await sleep(20);
  expect(await fs.readdir(temporary(id)).catch(() => "removed")).toBe("removed");
}

test("a Spark job maps numbers in two executors, with the endpoint's environment and the wheel in each", async () => {
  const wheel = await put(
    "greeting-1.0-py3-none-any.whl",
    await wheelOf("greeting", "text = 'from a wheel'"),
  );
  const job = await glue.sparkJob(
    `${together}
import greeting

def square(n):
    import boto3, greeting
    meet()
    return n * n, os.getppid(), greeting.text, boto3.client("s3").meta.endpoint_url

run(square)
`,
    { DefaultArguments: { "--additional-python-modules": wheel }, WorkerType: "G.1X", NumberOfWorkers: 3 },
  );
  const id = await glue.run(job);
  expect(await succeeded(job, id)).toMatchObject({ NumberOfWorkers: 3, MaxCapacity: 3 });
  const results: [number, number, string, string][] = JSON.parse(await glue.log(id, "output"));
  expect(results.map(([square]) => square)).toEqual([0, 1]);
  expect(new Set(results.map(([, daemon]) => daemon)).size).toBe(2);
  for (const [, , text, url] of results) {
    expect([text, url]).toEqual(["from a wheel", process.env.AWS_ENDPOINT_URL_S3]);
  }
  expect((await glue.event(id)).detail).toMatchObject({ jobName: job, state: "SUCCEEDED" });
  await gone(
    id,
    results.map(([, daemon]) => daemon),
  );
});

test("Spark runs the task of a killed executor again", async () => {
  const job = await glue.sparkJob(`${together}
import signal, subprocess

def fragile(n):
    meet()
    attempt = TaskContext.get().attemptNumber()
    if n == 0 and attempt == 0:
        executor = subprocess.check_output(["ps", "-o", "ppid=", "-p", str(os.getppid())])
        os.kill(int(executor), signal.SIGKILL)
        time.sleep(600)
    return n, attempt

run(fragile)
`);
  const id = await glue.run(job);
  await succeeded(job, id);
  expect(JSON.parse(await glue.log(id, "output"))).toEqual([
    [0, 1],
    [1, 0],
  ]);
});

test("the output of a task is in the logs of its executor", async () => {
  const job = await glue.sparkJob(`${together}
import sys

def speak(n):
    meet()
    print("task", n, file=sys.stderr)

run(speak)
`);
  const id = await glue.run(job);
  await succeeded(job, id);
  const folder = path.join(glue.folder, "logs", id, "executors");
  const files = await fs.readdir(folder, { recursive: true });
  const logs = files.filter((name) => name.endsWith("stderr"));
  const texts = await Promise.all(logs.map((name) => fs.readFile(path.join(folder, name), "utf8")));
  expect(texts.join("")).toMatch(/^task 0$/m);
  expect(texts.join("")).toMatch(/^task 1$/m);
});

test("stopping a Spark run ends its executors and their Python workers", async () => {
  const job = await glue.sparkJob(sleeper);
  const id = await glue.run(job);
  const pids = await working(id);
  await glue.client.send(new BatchStopJobRunCommand({ JobName: job, JobRunIds: [id] }));
  await glue.until(job, id, "STOPPED");
  await gone(id, pids);
});

test("a Spark run that exceeds its timeout is TIMEOUT, and all its processes end", async () => {
  const job = await glue.sparkJob(sleeper);
  const id = await glue.run(job, { Timeout: 80, ExecutionClass: "FLEX" });
  const pids = await working(id);
  const run = await glue.until(job, id, "TIMEOUT", "FAILED", "STOPPED");
  expect(run.JobRunState).toBe("TIMEOUT");
  expect(run.DPUSeconds).toBe(10 * (run.ExecutionTime ?? 0));
  await gone(id, pids);
});

test("the next Glue endpoint ends all processes of a Spark run whose endpoint was killed", async () => {
  const job = await glue.sparkJob(sleeper);
  await glue.endpoint.stop();
  // A separate process that can be killed.
  const main = path.join(root, "packages/local/src/glue/main.ts");
  const other = spawn(process.execPath, [main, "--folder", glue.folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(other.stdout, "data");
  const [endpoint] = /http:\S+/.exec(String(line)) ?? [];
  const client = new GlueClient({ endpoint: `${endpoint}` });
  const { JobRunId: id = "" } = await client.send(new StartJobRunCommand({ JobName: job }));
  const pids = await working(id);
  other.kill("SIGKILL");
  await once(other, "exit");
  await glue.start();
  expect((await glue.get(job, id)).JobRunState).toBe("FAILED");
  await gone(id, pids);
});
