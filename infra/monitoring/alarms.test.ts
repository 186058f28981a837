import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { metricNames } from "@unparquet/core/deployment";
import { createDate } from "@unparquet/testing/deployment/arn";
import { deploy, type Recorded } from "@unparquet/testing/deployment/deploy";
import { describe, expect, test } from "vitest";
import { configOf } from "../config.ts";

const env = { UNPARQUET_ALARM_EMAIL: "ops@example.com" };
const { all, one } = await deploy("pr-1", { env });

const namespace = "unparquet-pr-1";
const alarms = all("aws:cloudwatch/metricAlarm:MetricAlarm").map(({ inputs }) => inputs);
const topic = "arn:aws:sns:us-east-1:123456789012:topic/AlarmsTopic";

describe("alarms", () => {
  test.each(alarms)("$name notifies the topic when it rings and when it recovers", (alarm) => {
    expect(alarm).toMatchObject({
      name: expect.stringMatching(/^unparquet-pr-1-[a-z0-9-]+$/),
      alarmActions: [topic],
      okActions: [topic],
      alarmDescription: expect.stringMatching(/\.$/),
    });
  });

  test("alarms are sent to the configured e-mail address", async () => {
    const subscriptions = all("aws:sns/topicSubscription:TopicSubscription").map(({ inputs }) => inputs);
    expect(subscriptions).toMatchObject([{ topic, protocol: "email", endpoint: "ops@example.com" }]);
    expect((await deploy("pr-1")).all("aws:sns/topicSubscription:TopicSubscription")).toEqual([]);
  });
});

describe("what alarms watch", () => {
  const metricsOf = (alarm: Recorded["inputs"]): { dimensions?: { FunctionName?: string } }[] =>
    (alarm.metricQueries ?? [{ metric: alarm }]).flatMap(({ metric }: { metric?: object }) => metric ?? []);

  test.each(alarms)("$name watches at most the ten metrics that CloudWatch allows", (alarm) => {
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html
    expect(metricsOf(alarm).length).toBeLessThanOrEqual(10);
  });

  test.each(alarms)("$name watches at most one function, so a new function adds no metric to it", (alarm) => {
    const ofFunctions = metricsOf(alarm).filter(({ dimensions }) => dimensions?.FunctionName);
    expect(ofFunctions.length).toBeLessThanOrEqual(1);
  });

  test.each(["Errors", "Throttles"])("every function has an alarm on its %s", (metricName) => {
    const watched = alarms.filter((alarm) => alarm.metricName === metricName);
    expect(watched.map(({ dimensions }) => dimensions.FunctionName).toSorted()).toEqual(
      all("aws:lambda/function:Function")
        .map(({ name, inputs }) => inputs.name ?? name)
        .toSorted(),
    );
  });
});

describe("alarms on an expression", () => {
  const find = (name: string) => alarms.find((alarm) => alarm.name === `${namespace}-${name}`);
  const custom = (metricName: string) => ({ namespace, metricName, dimensions: { service: "unparquet" } });

  test("failure-share rings when half of at least five conversions within an hour failed", () => {
    expect(find("failure-share")).toMatchObject({
      threshold: 50,
      comparisonOperator: "GreaterThanOrEqualToThreshold",
      treatMissingData: "notBreaching",
      metricQueries: [
        {
          expression: "IF(failed + succeeded >= 5, 100 * failed / (failed + succeeded), 0)",
          returnData: true,
        },
        { id: "failed", metric: { ...custom("JobFailed"), stat: "Sum", period: 3600 } },
        { id: "succeeded", metric: { ...custom("JobSucceeded"), stat: "Sum", period: 3600 } },
      ],
    });
  });

  test("reconcile-silent rings when the reconciler stops, but not in the first 15 minutes of a stage", () => {
    const created = Date.parse(createDate) / 1000;
    expect(find("reconcile-silent")).toMatchObject({
      threshold: 1,
      comparisonOperator: "LessThanThreshold",
      treatMissingData: "breaching",
      metricQueries: [
        { expression: `IF(EPOCH(runs) < ${created + 15 * 60}, 1, runs)`, returnData: true },
        {
          id: "runs",
          metric: {
            ...{ namespace: "AWS/Lambda", metricName: "Invocations", stat: "Sum", period: 300 },
            dimensions: find("reconcile-errors")?.dimensions,
          },
        },
      ],
    });
  });
});

test("the metric filters read the status of the API's access log", () => {
  const { format } = one("aws:apigatewayv2/stage:Stage", "ApiStage").accessLogSettings;
  expect(JSON.parse(format)).toMatchObject({ status: "$context.status" });
  const patterns = all("aws:cloudwatch/logMetricFilter:LogMetricFilter").map(({ inputs }) => inputs.pattern);
  expect(patterns.toSorted()).toEqual(["{ $.status = 429 }", "{ $.status >= 500 }"]);
});

test("the cost of monitoring matches docs/cost.md", async () => {
  const page = await readFile(join(import.meta.dirname, "../../docs/cost.md"), "utf8");
  const metrics = alarms.flatMap(({ metricQueries = [{ metric: {} }] }) =>
    metricQueries.filter(({ metric }: { metric?: object }) => metric),
  );
  expect(page).toContain(`${alarms.length} alarms on ${metrics.length} metrics`);
  const filters = all("aws:cloudwatch/logMetricFilter:LogMetricFilter");
  const names = Object.keys(metricNames).filter((name) => !name.startsWith("Spark"));
  expect(page).toContain(`${names.length + filters.length} custom metrics`);
});

/** Names of the custom metrics in a widget or alarm. */
const ours = (metrics: [string, string, ...unknown[]][]) =>
  metrics.filter(([given]) => given === namespace).map(([, name]) => name);

describe("docs/operations.md", async () => {
  const page = await readFile(join(import.meta.dirname, "../../docs/operations.md"), "utf8");
  const rows = page.split("\n").flatMap((line) => /^\| `([\w-]+)` \| .+ \| .+ \|$/.exec(line)?.[1] ?? []);

  test("docs/operations.md explains each alarm", () => {
    const names = alarms.map(({ name }) =>
      name.replace(`${namespace}-`, "").replace(/^.+-(errors|throttles)$/, "NAME-$1"),
    );
    for (const name of new Set(names)) expect(rows).toContain(name);
  });

  test.each(["pr-1", "production"])("docs/operations.md states the configuration of stage %s", (stage) => {
    const { alarmEmail: _, ...config } = configOf(stage, {});
    const GiB = 1024 ** 3;
    const shown = {
      allowedOrigins: config.allowedOrigins.join(" "),
      inputRetentionDays: String(config.inputRetentionDays),
      outputRetentionDays: config.outputRetentionDays === null ? "never" : String(config.outputRetentionDays),
      logRetentionDays: String(config.logRetentionDays),
      ...Object.fromEntries(
        Object.entries(config.limits).map(([name, limit]) => [
          `limits.${name}`,
          name.includes("Bytes") ? `${limit / GiB} GiB` : String(limit),
        ]),
      ),
      "table.readsPerSecond": String(config.table.readsPerSecond),
      "table.writesPerSecond": String(config.table.writesPerSecond),
      "lanes.lambda.outputMaxBytes": `${(config.lanes.lambda?.outputMaxBytes ?? 0) / 1e9} GB`,
      "lanes.spark": config.lanes.spark === null ? "off" : "on",
      "glue.wholeDpuFrom": `${config.glue.wholeDpuFrom / GiB} GiB`,
      "glue.maxConcurrentRuns": String(config.glue.maxConcurrentRuns),
    };
    for (const [name, value] of Object.entries(shown)) {
      const cells =
        page
          .split("\n")
          .find((line) => line.startsWith(`| \`${name}\` |`))
          ?.split("|") ?? [];
      const cell = cells[stage === "production" ? 3 : 2]?.trim().replaceAll("`", "");
      expect(cell, name).toBe(value);
    }
  });
});

describe("the dashboard in CloudWatch", () => {
  const { dashboardName, dashboardBody } = one("aws:cloudwatch/dashboard:Dashboard", "Board");
  const { widgets } = JSON.parse(dashboardBody);

  test("the CloudWatch dashboard is named after the stage", () =>
    expect(dashboardName).toBe(`${namespace}-overview`));

  test("the CloudWatch dashboard shows exactly the metrics of the functions", () => {
    const filters = all("aws:cloudwatch/logMetricFilter:LogMetricFilter").map(
      ({ inputs }) => inputs.metricTransformation.name,
    );
    const shown = widgets.flatMap(({ properties }: never) => ours((properties as { metrics: [] }).metrics));
    for (const name of shown) expect([...Object.keys(metricNames), ...filters]).toContain(name);
    for (const needed of ["JobSucceeded", "JobFailed", "QueueTime", "ConversionTime", "RowsPerSecond"]) {
      expect(shown).toContain(needed);
    }
    for (const needed of ["StuckAge", "JobStuck", "GlueDpuSeconds", ...filters])
      expect(shown).toContain(needed);
  });

  test("the CloudWatch dashboard shows the lane spark only of a stage that has it", async () => {
    const { one } = await deploy("pr-1", { env: { UNPARQUET_LANES: "lambda,shell,spark" } });
    const { dashboardBody: withSpark } = one("aws:cloudwatch/dashboard:Dashboard", "Board");
    for (const name of ["SparkRuns", "SparkDpuSeconds"]) {
      expect(withSpark).toContain(name);
      expect(dashboardBody).not.toContain(name);
    }
    const cost = JSON.parse(withSpark).widgets.find(
      ({ properties }: { properties: { title: string } }) => properties.title === "Conversions, estimated $",
    );
    const [{ expression }, ...lines] = cost.properties.metrics.map((line: unknown[]) => line.at(-1));
    expect(expression.match(/m\d/g)).toEqual(lines.map(({ id }: { id: string }) => id));
  });

  test("the charts of the CloudWatch dashboard do not overlap", () => {
    const places = widgets.map(({ x, y }: { x: number; y: number }) => `${x},${y}`);
    expect(new Set(places).size).toBe(widgets.length);
    for (const { x, width } of widgets) expect(x + width).toBeLessThanOrEqual(24);
  });
});

test("there are saved queries for a job, for slow requests and for errors", () => {
  const queries = all("aws:cloudwatch/queryDefinition:QueryDefinition").map(({ inputs }) => inputs);
  expect(queries.map(({ name }) => name).toSorted()).toEqual(
    ["errors-by-code", "job", "slowest-jobs", "slowest-requests"].map((name) => `${namespace}/${name}`),
  );
  const groups = all("aws:cloudwatch/logGroup:LogGroup").map(({ inputs }) => inputs.name);
  for (const { logGroupNames } of queries) {
    for (const group of logGroupNames) expect(groups).toContain(group);
  }
});
