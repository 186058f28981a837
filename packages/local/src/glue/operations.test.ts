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

const glue = new TestGlue();

beforeAll(() => glue.start());
afterAll(() => glue.remove());

const Command = { Name: "pythonshell", ScriptLocation: "s3://bucket/script.py" };

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
    ["a Spark job", { Command: { ...Command, Name: "glueetl" } }, "only Python Shell jobs"],
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
