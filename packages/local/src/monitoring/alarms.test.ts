import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { CloudWatchClient, GetMetricStatisticsCommand } from "@aws-sdk/client-cloudwatch";
import {
  CreateFunctionCommand,
  DeleteFunctionConcurrencyCommand,
  InvokeCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
} from "@aws-sdk/client-lambda";
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { glueJobName } from "@unparquet/core/glue/runs";
import { createJobId } from "@unparquet/core/job/id";
import { manifestKey } from "@unparquet/core/storage/keys";
import { putOutput } from "@unparquet/core/testing/objects";
import { jobs, result } from "@unparquet/core/testing/records";
import { startScriptedGlue } from "@unparquet/core/testing/scripted-glue";
import getPort from "get-port";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { configOf } from "../../../../infra/config.ts";
import { createDate } from "../../../../infra/test/arn.ts";
import { deploy } from "../../../../infra/test/deploy.ts";
import { startMinistack } from "../aws/ministack.ts";
import { python } from "../lib/paths.ts";
import { type Alarm, Datapoints, goesOff, metricsOf } from "./cloudwatch.ts";

// Every alarm of a deployed stage, and something that really happens to set it off.
const graph = await deploy("pr-1");
const alarms = new Map<string, Alarm>(
  graph
    .all("aws:cloudwatch/metricAlarm:MetricAlarm")
    .map(({ inputs }) => [inputs.name.replace("unparquet-pr-1-", ""), inputs]),
);
const alarm = (name: string): Alarm => {
  const found = alarms.get(name);
  if (!found) throw new Error(`There is no alarm ${name}`);
  return found;
};
const namesOf = (ending: string) => [...alarms.keys()].filter((name) => name.endsWith(ending));
const provoked = new Set<string>();

/** Fails unless what was measured, and nothing less, sets the alarm off. */
const expectAlarm = (name: string, measured: Datapoints, before = new Datapoints()) => {
  expect(goesOff(alarm(name), before), `${name} before`).toBe(false);
  expect(goesOff(alarm(name), measured), `${name} after`).toBe(true);
  provoked.add(name);
};

describe("the functions' own metrics", () => {
  let glue: Awaited<ReturnType<typeof startScriptedGlue>>;
  let handlers: typeof import("@unparquet/functions/lambda/glue-state-change") & {
    reconcile: () => Promise<void>;
  };
  beforeAll(async () => {
    glue = await startScriptedGlue();
    // As the stage's functions have it. Before the handlers are loaded: they read it then.
    const { variables } = graph.one("aws:lambda/function:Function", "ReconcileFunction").environment;
    vi.stubEnv("POWERTOOLS_METRICS_NAMESPACE", variables.POWERTOOLS_METRICS_NAMESPACE);
    vi.resetModules();
    const { handler } = await import("@unparquet/functions/lambda/glue-state-change");
    const reconcile = await import("@unparquet/functions/lambda/reconcile");
    handlers = { handler, reconcile: () => reconcile.handler({}) };
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    vi.useRealTimers();
    await glue.close();
  });

  const measuredBy = async (work: () => Promise<unknown>): Promise<Datapoints> => {
    const measured = new Datapoints();
    const write = vi.spyOn(process.stdout, "write").mockImplementation((line) => {
      measured.addLogLine(String(line));
      return true;
    });
    await work().finally(() => write.mockRestore());
    return measured;
  };

  /** A running job whose run ends in that state. */
  const endRun = async (state: string) => {
    const runId = `jr_${createJobId()}`;
    const { jobId } = await jobs.running(runId);
    const run = { runId, jobId, attempt: 1, message: "", startedAt: new Date(), executionSeconds: 90 };
    glue.runs.unshift({ ...run, state, endedAt: new Date() });
    await handlers.handler({ detail: { jobName: glueJobName(), jobRunId: runId, state } });
  };

  test.each([
    ["glue-timeout", "TIMEOUT"],
    ["glue-error", "ERROR"],
    ["job-broken", "FAILED"],
  ])("%s: a run that ends %s", async (name, state) => {
    expectAlarm(name, await measuredBy(() => endRun(state)), await measuredBy(() => endRun("STOPPED")));
  });

  test("failure-share: half of the hour's conversions, when they are not too few to say so", async () => {
    const four = await measuredBy(async () => {
      for (let times = 0; times < 4; times += 1) await endRun("FAILED");
    });
    const five = await measuredBy(async () => {
      for (let times = 0; times < 5; times += 1) await endRun("FAILED");
    });
    expectAlarm("failure-share", five, four);
  });

  test("output-volume: conversions that wrote most of a day's output quota", async () => {
    const { limits } = configOf("pr-1", {});
    const succeed = async (bytes: number) => {
      const job = await jobs.running(`jr_${createJobId()}`);
      await putOutput(manifestKey(job), { ...result, bytes, status: "SUCCEEDED" });
      const run = {
        runId: job.runId ?? "",
        jobId: job.jobId,
        attempt: 1,
        message: "",
        startedAt: new Date(),
      };
      const state = "SUCCEEDED";
      glue.runs.unshift({ ...run, state, endedAt: new Date() });
      await handlers.handler({ detail: { jobName: glueJobName(), jobRunId: run.runId, state } });
    };
    const little = await measuredBy(() => succeed(limits.outputMaxBytes));
    const much = await measuredBy(async () => {
      for (let written = 0; written < limits.outputBytesPerDay; written += limits.outputMaxBytes) {
        await succeed(limits.outputMaxBytes);
      }
    });
    expectAlarm("output-volume", much, little);
  });

  test("a run is measured in what Glue bills", async () => {
    const measured = await measuredBy(() => endRun("STOPPED"));
    const [metric] = metricsOf({ ...alarm("job-broken"), metricName: "GlueDpuSeconds" });
    expect(metric && measured.of(metric)).toEqual([90 * 0.0625]);
  });

  test("stuck-age, reconcile-problem: a job that cannot be started", async () => {
    const calm = await measuredBy(handlers.reconcile);
    await jobs.queued();
    // Only the clock is ours.
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.now() + 16 * 60_000);
    glue.next = ["fault"];
    const measured = await measuredBy(handlers.reconcile);
    expectAlarm("stuck-age", measured, calm);
    expectAlarm("reconcile-problem", measured, calm);
  });
});

describe("the API's access log", () => {
  const filters = graph.all("aws:cloudwatch/logMetricFilter:LogMetricFilter").map(({ inputs }) => inputs);
  const { format } = graph.one("aws:apigatewayv2/stage:Stage", "ApiStage").accessLogSettings;

  /** The line API Gateway writes about an answer: the stage's format, with every variable filled in. */
  const lineOf = (status: number): string => {
    const line = format.replaceAll(/"?\\?"?\$context\.([\w.]+)\\?"?"?/g, (_: string, name: string) =>
      name === "status" ? String(status) : JSON.stringify(name),
    );
    expect(JSON.parse(line)).toMatchObject({ routeKey: "routeKey" });
    return line;
  };
  const measuredBy = (...statuses: number[]): Datapoints => {
    const measured = new Datapoints();
    for (const status of statuses) for (const filter of filters) measured.addFiltered(lineOf(status), filter);
    return measured;
  };

  test.each([500, 503, 599])("api-5xx: an answer with status %d", (status) => {
    expectAlarm("api-5xx", measuredBy(status), measuredBy(200, 404, 429, 499));
  });

  test("api-throttled: many answers with status 429", () => {
    const many = (status: number) => measuredBy(...Array.from({ length: 20 }, () => status));
    expectAlarm("api-throttled", many(429), many(503));
  });
});

describe("what AWS measures", () => {
  let folder: string;
  let stop: () => Promise<void>;
  let lambda: LambdaClient;
  let cloudWatch: CloudWatchClient;
  let sqs: SQSClient;
  let zip: Buffer;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "unparquet-alarms-"));
    const port = await getPort({ host: "127.0.0.1" });
    const aws = await startMinistack({
      folder: path.join(folder, "aws"),
      port,
      credentials: "unchecked",
      services: "lambda,cloudwatch,logs,iam,sqs,sts",
    });
    const client = { endpoint: aws.url };
    // A rejected call is what the tests are about: the SDK need not repeat it.
    lambda = new LambdaClient({ ...client, maxAttempts: 1 });
    cloudWatch = new CloudWatchClient(client);
    sqs = new SQSClient(client);
    const source = path.join(folder, "index.js");
    await writeFile(
      source,
      `exports.handler = async ({ crash }) => { if (crash) throw new Error("crashed"); };`,
    );
    await promisify(execFile)(python, ["-m", "zipfile", "-c", path.join(folder, "code.zip"), source]);
    zip = await readFile(path.join(folder, "code.zip"));
    stop = aws.stop;
  }, 60_000);
  afterAll(async () => {
    await stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** What CloudWatch has of the alarm's metrics. */
  const measuredFor = async (name: string): Promise<Datapoints> => {
    const measured = new Datapoints();
    for (const metric of metricsOf(alarm(name))) {
      const { Datapoints: points = [] } = await cloudWatch.send(
        new GetMetricStatisticsCommand({
          Namespace: metric.namespace,
          MetricName: metric.metricName,
          Dimensions: Object.entries(metric.dimensions ?? {}).map(([Name, Value]) => ({ Name, Value })),
          StartTime: new Date(Date.now() - 3_600_000),
          EndTime: new Date(Date.now() + 60_000),
          Period: 300,
          Statistics: ["Sum"],
        }),
      );
      measured.add(metric, ...points.map(({ Sum = 0 }) => Sum));
    }
    return measured;
  };

  const create = async (FunctionName: string) => {
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName,
        Runtime: "nodejs20.x",
        Role: "arn:aws:iam::000000000000:role/test",
        Handler: "index.handler",
        Code: { ZipFile: zip },
      }),
    );
    return FunctionName;
  };
  const invoke = (FunctionName: string, payload: object, InvocationType: "Event" | "RequestResponse") =>
    lambda.send(
      new InvokeCommand({ FunctionName, InvocationType, Payload: Buffer.from(JSON.stringify(payload)) }),
    );
  const functionOf = (name: string) => metricsOf(alarm(name))[0]?.dimensions?.FunctionName ?? "";

  test.each(namesOf("-errors"))("%s: a call that crashes", async (name) => {
    const handler = await create(functionOf(name));
    await invoke(handler, {}, "RequestResponse");
    const before = await measuredFor(name);
    await invoke(handler, { crash: true }, "RequestResponse");
    expectAlarm(name, await measuredFor(name), before);
  });

  describe("reconcile-silent", () => {
    const name = "reconcile-silent";
    const minutes = (count: number) => new Date(Date.parse(createDate) + count * 60_000);

    test("rings when the reconciler no longer runs", async () => {
      expect(functionOf(name)).toBe(functionOf("reconcile-errors"));
      expectAlarm(name, new Datapoints(), await measuredFor(name));
    });

    test("does not ring in the first minutes of a stage, whose reconciler has not run yet", () => {
      // CloudWatch looks at several periods, those before the alarm was created too.
      for (const minute of [-60, -5, 0, 5, 10]) {
        expect(goesOff(alarm(name), new Datapoints(), minutes(minute)), `minute ${minute}`).toBe(false);
      }
    });

    test("rings after the first minutes of a stage when its reconciler never ran", () => {
      expect(goesOff(alarm(name), new Datapoints(), minutes(15))).toBe(true);
    });
  });

  test.each(namesOf("-throttles"))("%s: a call for which there is no room", async (name) => {
    const before = await measuredFor(name);
    const FunctionName = functionOf(name);
    await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));
    await expect(invoke(FunctionName, {}, "RequestResponse")).rejects.toMatchObject({
      name: "TooManyRequestsException",
    });
    expectAlarm(name, await measuredFor(name), before);
    await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
  });

  test("dead-letters: an event the function fails on every time", async () => {
    const [metric] = metricsOf(alarm("dead-letters"));
    if (metric?.metricName !== "ApproximateNumberOfMessagesVisible") throw new Error("Another metric");
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: metric.dimensions?.QueueName }));
    // SQS publishes this attribute as the metric: the embedded one has the attribute only.
    const visible = async (): Promise<Datapoints> => {
      const AttributeNames = ["ApproximateNumberOfMessages" as const];
      const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
      const measured = new Datapoints();
      measured.add(metric, Number(Attributes?.ApproximateNumberOfMessages));
      return measured;
    };
    const before = await visible();
    const FunctionName = functionOf("glue-state-change-errors");
    await lambda.send(
      new PutFunctionEventInvokeConfigCommand({
        FunctionName,
        MaximumRetryAttempts: 0,
        DestinationConfig: {
          OnFailure: { Destination: `arn:aws:sqs:us-east-1:000000000000:${metric.dimensions?.QueueName}` },
        },
      }),
    );
    await invoke(FunctionName, { crash: true }, "Event");
    while (!goesOff(alarm("dead-letters"), await visible())) await sleep(50);
    expectAlarm("dead-letters", await visible(), before);
  });
});

test("no alarm is left that nothing sets off", () => {
  expect([...alarms.keys()].filter((name) => !provoked.has(name))).toEqual([]);
});
