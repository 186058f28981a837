import {
  CreateJobCommand,
  type CreateJobCommandInput,
  DeleteJobCommand,
  GetJobCommand,
  GetJobRunCommand,
  GetJobRunsCommand,
  paginateGetJobRuns,
  StartJobRunCommand,
  UpdateJobCommand,
} from "@aws-sdk/client-glue";
import { put, TestGlue } from "@unparquet/testing/glue/endpoint";
import { wheelOf } from "@unparquet/testing/glue/wheel";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const glue = new TestGlue({
  spark: { python: () => Promise.reject(new Error("Spark is missing: install it")) },
});

beforeAll(() => glue.start());
afterAll(() => glue.remove());

const Command = { Name: "pythonshell", ScriptLocation: "s3://bucket/script.py" };
const Spark = { ...Command, Name: "glueetl" };

describe("jobs", () => {
  test("GetJob returns a job as it was created", async () => {
    const definition = {
      Name: "made",
      Role: "arn:aws:iam::000000000000:role/converter",
      Command,
      MaxCapacity: 0.0625,
      GlueVersion: "3.0",
      DefaultArguments: { "--a": "1" },
      ExecutionProperty: { MaxConcurrentRuns: 3 },
    };
    expect(await glue.client.send(new CreateJobCommand(definition))).toMatchObject({ Name: "made" });
    const { Job } = await glue.client.send(new GetJobCommand({ JobName: "made" }));
    expect(Job).toMatchObject(definition);
    expect(Job?.CreatedOn).toBeInstanceOf(Date);
  });

  test("UpdateJob replaces the whole definition", async () => {
    const Name = await glue.job("", { Description: "before", DefaultArguments: { "--a": "1" } });
    await glue.client.send(new UpdateJobCommand({ JobName: Name, JobUpdate: { Role: "role", Command } }));
    const { Job } = await glue.client.send(new GetJobCommand({ JobName: Name }));
    expect(Job).toMatchObject({ Name, Command });
    expect(Job).not.toHaveProperty("Description");
    expect(Job).not.toHaveProperty("DefaultArguments");
  });

  test("CreateJob refuses a name that exists", async () => {
    const Name = await glue.job("");
    await expect(
      glue.client.send(new CreateJobCommand({ Name, Role: "role", Command })),
    ).rejects.toMatchObject({
      name: "AlreadyExistsException",
      message: `Job ${Name} already exists.`,
    });
  });
});

test("a deleted job stays deleted after a restart, and can be deleted again", async () => {
  const JobName = await glue.job("");
  for (let times = 0; times < 2; times++) {
    expect(await glue.client.send(new DeleteJobCommand({ JobName }))).toMatchObject({ JobName });
  }
  await glue.endpoint.stop();
  await glue.start();
  await expect(glue.client.send(new GetJobCommand({ JobName }))).rejects.toMatchObject({
    name: "EntityNotFoundException",
  });
});

describe("what is not there", () => {
  const missing = { name: "EntityNotFoundException" };

  test.each([
    ["GetJob", new GetJobCommand({ JobName: "none" })],
    ["UpdateJob", new UpdateJobCommand({ JobName: "none", JobUpdate: { Role: "role", Command } })],
    ["StartJobRun", new StartJobRunCommand({ JobName: "none" })],
    ["GetJobRun", new GetJobRunCommand({ JobName: "none", RunId: "jr_none" })],
    ["GetJobRuns", new GetJobRunsCommand({ JobName: "none" })],
  ])("%s reports a missing job or run", async (_, command) => {
    await expect(glue.client.send(command as GetJobCommand)).rejects.toMatchObject(missing);
  });

  test("GetJobRun does not find the run of another job", async () => {
    const [one, other] = [await glue.job(""), await glue.job("")];
    const RunId = await glue.run(one);
    await expect(glue.get(other, RunId)).rejects.toMatchObject(missing);
  });
});

describe("input that is not valid", () => {
  test.each<[string, Partial<CreateJobCommandInput>, string]>([
    ["a streaming job", { Command: { ...Command, Name: "gluestreaming" } }, "only Python Shell jobs"],
    ["workers of a Python Shell job", { WorkerType: "G.1X", NumberOfWorkers: 2 }, "not supported"],
    ["another capacity of a Python Shell job", { MaxCapacity: 2 }, "must be 0.0625 or 1"],
    ["the capacity of a Spark job", { Command: Spark, MaxCapacity: 10 }, "do not set Max Capacity"],
    ["a Spark job with only a worker type", { Command: Spark, WorkerType: "G.1X" }, "set both"],
    [
      "a Spark job with one worker",
      { Command: Spark, WorkerType: "G.1X", NumberOfWorkers: 1 },
      "NumberOfWorkers",
    ],
    ["a script elsewhere", { Command: { ...Command, ScriptLocation: "a.py" } }, "s3://bucket/key"],
    ["no name", { Name: "" }, "Name"],
    ["an argument without dashes", { DefaultArguments: { a: "1" } }, "must start with --"],
    ["no runs at all", { ExecutionProperty: { MaxConcurrentRuns: 0 } }, "MaxConcurrentRuns"],
  ])("CreateJob refuses %s", async (_, change, message) => {
    const command = new CreateJobCommand({ Name: "x", Role: "r", Command, ...change });
    await expect(glue.client.send(command)).rejects.toMatchObject({
      name: "InvalidInputException",
      message: expect.stringContaining(message),
    });
  });

  test("invalid JSON and unknown operations are refused", async () => {
    const broken = await glue.post("AWSGlue.GetJob", "{");
    expect([broken.status, await broken.json()]).toMatchObject([400, { __type: "InvalidInputException" }]);
    for (const target of ["AWSGlue.DeleteTable", "AWSGlue.toString", "DynamoDB_20120810.GetItem", ""]) {
      const unknown = await glue.post(target, "{}");
      expect([unknown.status, await unknown.json()]).toMatchObject([
        400,
        { __type: "UnknownOperationException" },
      ]);
    }
  });
});

describe("GetJobRuns", () => {
  test("GetJobRuns pages through all runs, newest first, while others start", async () => {
    const job = await glue.job("", { ExecutionProperty: { MaxConcurrentRuns: 10 } });
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.unshift(await glue.run(job));
    const seen: string[][] = [];
    for await (const page of paginateGetJobRuns({ client: glue.client, pageSize: 2 }, { JobName: job })) {
      seen.push((page.JobRuns ?? []).map(({ Id = "" }) => Id));
      if (seen.length === 1) await glue.run(job);
    }
    expect(seen).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
  });

  test("GetJobRuns refuses a forged token", async () => {
    const job = await glue.job("");
    const command = new GetJobRunsCommand({ JobName: job, NextToken: "forged" });
    await expect(glue.client.send(command)).rejects.toMatchObject({ name: "InvalidInputException" });
  });
});

describe("Spark jobs", () => {
  const workers = { WorkerType: "G.1X", NumberOfWorkers: 5 } as const;

  test("a run of a Spark job has the workers of the job or of its own, and their DPU", async () => {
    const ExecutionProperty = { MaxConcurrentRuns: 2 };
    const job = await glue.sparkJob("", { ...workers, ExecutionProperty });
    const ofJob = await glue.get(job, await glue.run(job));
    expect(ofJob).toMatchObject({ ...workers, ExecutionClass: "STANDARD", MaxCapacity: 5, Timeout: 480 });
    expect(ofJob.LogGroupName).toBe("/aws-glue/jobs");
    const own = { WorkerType: "G.2X", NumberOfWorkers: 3, ExecutionClass: "FLEX", Timeout: 60 } as const;
    const ofRun = await glue.get(job, await glue.run(job, own));
    expect(ofRun).toMatchObject({ ...own, MaxCapacity: 6 });
  });

  test("a run of a Spark job before Glue 5 may take two days by default", async () => {
    const job = await glue.sparkJob("", { ...workers, GlueVersion: "4.0" });
    expect(await glue.get(job, await glue.run(job))).toMatchObject({ Timeout: 2880 });
  });

  test("StartJobRun refuses MaxCapacity for a Spark job", async () => {
    const job = await glue.sparkJob("", workers);
    await expect(glue.run(job, { MaxCapacity: 10 })).rejects.toMatchObject({
      name: "InvalidInputException",
      message: expect.stringContaining("do not set Max Capacity"),
    });
  });

  test("a Spark run fails at once, with what to install, where Spark is missing", async () => {
    const job = await glue.sparkJob("", workers);
    const id = await glue.run(job);
    expect(await glue.until(job, id, "SUCCEEDED", "FAILED")).toMatchObject({
      JobRunState: "FAILED",
      ErrorMessage: "Spark is missing: install it",
    });
    expect((await glue.event(id)).detail).toMatchObject({ state: "FAILED", jobName: job });
  });

  test.each([
    ["glueetl", "pandas==2.2.3", "only wheels in S3 here, not pandas==2.2.3"],
    ["pythonshell", "s3://bucket/a-1.0-py3-none-any.whl", "use --extra-py-files"],
  ])("a run of type %s refuses --additional-python-modules %s", async (Name, modules, message) => {
    const withPython = await new TestGlue({ spark: { python: async () => "python" } }).start();
    try {
      const job = await withPython.job("", {
        Command: { Name, ScriptLocation: await put("script.py", "") },
        DefaultArguments: { "--additional-python-modules": modules },
      });
      const run = await withPython.until(job, await withPython.run(job), "SUCCEEDED", "FAILED");
      expect(run.ErrorMessage).toContain(message);
    } finally {
      await withPython.remove();
    }
  });
});

test("a wheel in --extra-py-files is installed", async () => {
  const library = await put(
    "greeting-1.0-py3-none-any.whl",
    await wheelOf("greeting", "text = 'from a wheel'"),
  );
  const job = await glue.job("import greeting\nprint(greeting.text)", {
    DefaultArguments: { "--extra-py-files": library },
  });
  const id = await glue.run(job);
  expect(await glue.until(job, id, "SUCCEEDED", "FAILED")).toMatchObject({ JobRunState: "SUCCEEDED" });
  expect(await glue.log(id, "output")).toBe("from a wheel\n");
});
