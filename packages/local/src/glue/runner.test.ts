import { setTimeout as sleep } from "node:timers/promises";
import { BatchStopJobRunCommand } from "@aws-sdk/client-glue";
import { put, TestGlue } from "@unparquet/testing/glue/endpoint";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commandOf } from "../lib/processes.ts";

// A minute of 60 ms, so that tests can wait for a timeout.
const glue = new TestGlue({ minute: 60, patience: 500 });

beforeAll(() => glue.start());
afterAll(() => glue.remove());

const sleeper = "import time\nprint('ready', flush=True)\ntime.sleep(60)\n";

test("a run whose script succeeds is SUCCEEDED and sends an event", async () => {
  const job = await glue.job("print('hello')");
  const id = await glue.run(job);
  const run = await glue.until(job, id, "SUCCEEDED", "FAILED");
  expect(run).toMatchObject({ Id: id, JobName: job, JobRunState: "SUCCEEDED", Attempt: 0 });
  expect(run.CompletedOn?.getTime()).toBeGreaterThan(run.StartedOn?.getTime() ?? Number.NaN);
  expect(run.ErrorMessage).toBeUndefined();
  expect(await glue.log(id, "output")).toBe("hello\n");
  expect(await glue.event(id)).toMatchObject({
    source: "aws.glue",
    "detail-type": "Glue Job State Change",
    detail: {
      jobName: job,
      jobRunId: id,
      state: "SUCCEEDED",
      severity: "INFO",
      message: "Job run succeeded",
    },
  });
});

test("a run whose script fails is FAILED with the script's exit code and last line", async () => {
  const job = await glue.job("import sys\nprint('doomed')\nraise ValueError('no such column')");
  const id = await glue.run(job);
  const run = await glue.until(job, id, "SUCCEEDED", "FAILED");
  expect(run).toMatchObject({
    JobRunState: "FAILED",
    ErrorMessage: "Command failed with exit code 1: ValueError: no such column",
  });
  expect(await glue.log(id, "error")).toContain("Traceback");
  expect((await glue.event(id)).detail).toMatchObject({ state: "FAILED", severity: "ERROR" });
});

test("a run whose script is missing in S3 is FAILED", async () => {
  const location = (await put("here.py", "")).replace("here.py", "elsewhere.py");
  const job = await glue.job("", { Command: { Name: "pythonshell", ScriptLocation: location } });
  const run = await glue.until(job, await glue.run(job), "SUCCEEDED", "FAILED");
  expect(run.JobRunState).toBe("FAILED");
  expect(run.ErrorMessage).toContain(`${location} cannot be read`);
});

test("a run's arguments override the job's defaults but not its non-overridable arguments", async () => {
  const job = await glue.job("import json, sys\nprint(json.dumps(sys.argv[1:]))", {
    DefaultArguments: { "--kept": "default", "--changed": "default", "--fixed": "default" },
    NonOverridableArguments: { "--fixed": "fixed" },
  });
  const Arguments = {
    "--changed": "by the run",
    "--fixed": "by the run",
    "--empty": "",
    "--ünï": '["a b", "\'"]',
  };
  const id = await glue.run(job, { Arguments });
  expect(await glue.until(job, id, "SUCCEEDED", "FAILED")).toMatchObject({
    JobRunState: "SUCCEEDED",
    Arguments,
  });
  const argv: string[] = JSON.parse(await glue.log(id, "output"));
  const given = Object.fromEntries(argv.flatMap((key, at) => (at % 2 === 0 ? [[key, argv[at + 1]]] : [])));
  expect(given).toMatchObject({ ...Arguments, "--kept": "default", "--fixed": "fixed" });
  expect(given).toMatchObject({ "--JOB_NAME": job, "--JOB_RUN_ID": id });
});

test("a script sees the address of AWS but not the endpoint's other environment variables", async () => {
  process.env.UNPARQUET_SECRET = "kept";
  const job = await glue.job("import json, os\nprint(json.dumps({**os.environ, 'cwd': os.getcwd()}))");
  const id = await glue.run(job);
  await glue.until(job, id, "SUCCEEDED");
  const env = JSON.parse(await glue.log(id, "output"));
  expect(env).toMatchObject({ AWS_ENDPOINT_URL: process.env.AWS_ENDPOINT_URL, AWS_REGION: "us-east-1" });
  expect(env).not.toHaveProperty("UNPARQUET_SECRET");
  expect(env.cwd).not.toBe(process.cwd());
});

test("--extra-py-files makes modules and packages importable, and new content of an object is noticed", async () => {
  const module = await put("greeting.py", "text = 'first'");
  const job = await glue.job("import greeting\nprint(greeting.text)", {
    DefaultArguments: { "--extra-py-files": module },
  });
  const first = await glue.run(job);
  await glue.until(job, first, "SUCCEEDED");
  expect(await glue.log(first, "output")).toBe("first\n");

  const other = await put("greeting.py", "text = 'second'");
  const second = await glue.run(job, { Arguments: { "--extra-py-files": other } });
  await glue.until(job, second, "SUCCEEDED");
  expect(await glue.log(second, "output")).toBe("second\n");
});

describe("stopping", () => {
  const stop = (JobName: string, ...JobRunIds: string[]) =>
    glue.client.send(new BatchStopJobRunCommand({ JobName, JobRunIds }));

  test("stopping a run ends its script and child processes even if they ignore SIGTERM", async () => {
    const job = await glue.job(`
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)"])
print(os.getpid(), child.pid, flush=True)
time.sleep(60)
`);
    const id = await glue.run(job);
    await glue.until(job, id, "RUNNING");
    let pids: number[] = [];
    while (pids.length === 0) pids = (await glue.log(id, "output")).split(" ").filter(Boolean).map(Number);

    expect(await stop(job, id)).toMatchObject({
      SuccessfulSubmissions: [{ JobName: job, JobRunId: id }],
      Errors: [],
    });
    expect((await glue.get(job, id)).JobRunState).toBe("STOPPING");
    const run = await glue.until(job, id, "STOPPED");
    expect(run.CompletedOn).toBeInstanceOf(Date);
    expect((await glue.event(id)).detail).toMatchObject({ state: "STOPPED", message: "Job run stopped" });
    for (const pid of pids) while ((await commandOf(pid)) !== "") await sleep(10);
  });

  test("stopping a run gives its script time to clean up", async () => {
    const job = await glue.job(`
import signal, sys, time
def clean(*_):
    print("cleaned up", flush=True)
    sys.exit(1)
signal.signal(signal.SIGTERM, clean)
print("ready", flush=True)
time.sleep(60)
`);
    const id = await glue.run(job);
    await glue.until(job, id, "RUNNING");
    while (!(await glue.log(id, "output")).includes("ready")) await sleep(10);
    await stop(job, id);
    await glue.until(job, id, "STOPPED");
    expect(await glue.log(id, "output")).toContain("cleaned up");
  });

  test("stopping reports missing runs and runs that have ended", async () => {
    const job = await glue.job("");
    const id = await glue.run(job);
    await glue.until(job, id, "SUCCEEDED");
    expect((await stop(job, id, "jr_none")).Errors).toMatchObject([
      { JobRunId: id, ErrorDetail: { ErrorCode: "JobRunInvalidStateTransitionException" } },
      { JobRunId: "jr_none", ErrorDetail: { ErrorCode: "EntityNotFoundException" } },
    ]);
  });

  test("a waiting run can be stopped", async () => {
    const job = await glue.job(sleeper, { JobRunQueuingEnabled: true });
    const [working, waiting] = [await glue.run(job), await glue.run(job)];
    expect((await glue.get(job, waiting)).JobRunState).toBe("WAITING");
    await stop(job, waiting);
    await glue.until(job, waiting, "STOPPED");
    await stop(job, working);
    await glue.until(job, working, "STOPPED");
  });
});

test("a run that exceeds its timeout is ended and TIMEOUT", async () => {
  const job = await glue.job(sleeper, { Timeout: 100 });
  const id = await glue.run(job, { Timeout: 5 });
  expect(await glue.until(job, id, "TIMEOUT", "SUCCEEDED", "FAILED", "STOPPED")).toMatchObject({
    JobRunState: "TIMEOUT",
    Timeout: 5,
  });
  expect((await glue.event(id)).detail).toMatchObject({ state: "TIMEOUT", severity: "WARN" });
});

describe("more runs than MaxConcurrentRuns", () => {
  test("runs beyond MaxConcurrentRuns are refused", async () => {
    const job = await glue.job(sleeper, { ExecutionProperty: { MaxConcurrentRuns: 1 } });
    const id = await glue.run(job);
    await expect(glue.run(job)).rejects.toMatchObject({ name: "ConcurrentRunsExceededException" });
    await glue.client.send(new BatchStopJobRunCommand({ JobName: job, JobRunIds: [id] }));
    await glue.until(job, id, "STOPPED");
    const next = await glue.run(job);
    await glue.client.send(new BatchStopJobRunCommand({ JobName: job, JobRunIds: [next] }));
  });

  test("runs beyond MaxConcurrentRuns wait if the job queues runs, and all succeed", async () => {
    const job = await glue.job("import time\ntime.sleep(0.05)", {
      ExecutionProperty: { MaxConcurrentRuns: 2 },
      JobRunQueuingEnabled: true,
    });
    const ids = await Promise.all(Array.from({ length: 8 }, () => glue.run(job)));
    for (const id of ids) {
      expect(await glue.until(job, id, "SUCCEEDED", "FAILED")).toMatchObject({ JobRunState: "SUCCEEDED" });
    }
  });
});
