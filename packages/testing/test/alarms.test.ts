import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";
import {
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
} from "@aws-sdk/client-lambda";
import { startMinistack } from "@unparquet/local/aws/ministack";
import { freePort } from "@unparquet/local/lib/free-port";
import { python } from "@unparquet/local/lib/paths";
import { afterAll, beforeAll, expect, test } from "vitest";
import { deploy, type Recorded } from "../src/deployment/deploy.ts";

// The stage's alarms on the embedded CloudWatch, which evaluates alarms on one metric. It knows neither expressions nor the
// embedded metric format: infra/monitoring/alarms.test.ts asserts the definitions, handlers.test.ts the metrics that are written.
const alarms = (await deploy("pr-1"))
  .all("aws:cloudwatch/metricAlarm:MetricAlarm")
  .map(({ inputs }) => inputs)
  .filter(({ metricName }) => metricName !== undefined);

let folder: string;
let stop: () => Promise<void>;
let lambda: LambdaClient;
let cloudWatch: CloudWatchClient;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "unparquet-alarms-"));
  const aws = await startMinistack({
    folder: path.join(folder, "aws"),
    port: await freePort(),
    credentials: "unchecked",
    services: "lambda,cloudwatch,logs,iam,sqs,sts",
  });
  stop = aws.stop;
  lambda = new LambdaClient({ endpoint: aws.url, maxAttempts: 1 });
  cloudWatch = new CloudWatchClient({ endpoint: aws.url });
  for (const alarm of alarms) await putAlarm(alarm);
}, 60_000);
afterAll(async () => {
  await stop?.();
  await rm(folder, { recursive: true, force: true });
});

/** Creates or updates an alarm, which evaluates it. */
async function putAlarm(alarm: Recorded["inputs"]): Promise<void> {
  await cloudWatch.send(
    new PutMetricAlarmCommand({
      AlarmName: alarm.name,
      Namespace: alarm.namespace,
      MetricName: alarm.metricName,
      Dimensions: dimensionsOf(alarm),
      Statistic: alarm.statistic,
      Period: alarm.period,
      EvaluationPeriods: alarm.evaluationPeriods,
      Threshold: alarm.threshold,
      ComparisonOperator: alarm.comparisonOperator,
      TreatMissingData: alarm.treatMissingData,
    }),
  );
}

function dimensionsOf({ dimensions = {} }: Recorded["inputs"]) {
  return Object.entries<string>(dimensions).map(([Name, Value]) => ({ Name, Value }));
}

async function stateOf(name: string): Promise<string | undefined> {
  const { MetricAlarms = [] } = await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: [name] }));
  return MetricAlarms[0]?.StateValue;
}

const published = alarms.filter(({ namespace }) => namespace !== "AWS/Lambda");

test.each(published)("$name rings at its threshold and not below", async (alarm) => {
  const put = (Value: number) =>
    cloudWatch.send(
      new PutMetricDataCommand({
        Namespace: alarm.namespace,
        MetricData: [{ MetricName: alarm.metricName, Dimensions: dimensionsOf(alarm), Value }],
      }),
    );
  // In two steps, for alarms on a sum as for those on a maximum.
  await put(alarm.statistic === "Sum" ? alarm.threshold - 1 : 0);
  expect(await stateOf(alarm.name)).toBe("OK");
  await put(alarm.statistic === "Sum" ? 1 : alarm.threshold);
  expect(await stateOf(alarm.name)).toBe("ALARM");
});

test("a function's alarms ring when it crashes or is throttled", async () => {
  const source = path.join(folder, "index.js");
  await writeFile(source, `exports.handler = async () => { throw new Error("crashed"); };`);
  await promisify(execFile)(python, ["-m", "zipfile", "-c", path.join(folder, "code.zip"), source]);
  const find = (metric: string) => alarms.find(({ metricName }) => metricName === metric) ?? {};
  const [errors, throttles] = [find("Errors"), find("Throttles")];
  const { FunctionName } = errors.dimensions;
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: "nodejs20.x",
      Role: "arn:aws:iam::000000000000:role/test",
      Handler: "index.handler",
      Code: { ZipFile: await readFile(path.join(folder, "code.zip")) },
    }),
  );
  await lambda.send(new InvokeCommand({ FunctionName }));
  await putAlarm(errors);
  expect(await stateOf(errors.name)).toBe("ALARM");

  expect(throttles.dimensions).toEqual({ FunctionName });
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));
  await expect(lambda.send(new InvokeCommand({ FunctionName }))).rejects.toThrow();
  await putAlarm(throttles);
  expect(await stateOf(throttles.name)).toBe("ALARM");
});
