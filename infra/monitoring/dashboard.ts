import { lambdaLane } from "../../packages/core/src/deployment.ts";
import { config, prefix } from "../stage.ts";
import {
  apiMetric,
  apiServerErrors,
  apiThrottled,
  deadLettersWaiting,
  functions,
  jobMetric,
  lambdaMetric,
  type Metric,
} from "./metrics.ts";

/** Price of a DPU-second in us-east-1, in dollars, also of Spark: https://aws.amazon.com/glue/pricing/ */
const dpuSecond = 0.44 / 3600;
const flexDpuSecond = 0.29 / 3600;
/** Price of a second of the converter on Lambda (x86) in us-east-1, in dollars: https://aws.amazon.com/lambda/pricing/ */
const lambdaSecond = (lambdaLane.memoryMB / 1024) * 0.0000166667;

const { spark } = config.lanes;
const sparkDpuSecond = spark?.flex ? flexDpuSecond : dpuSecond;

interface Line {
  metric: Metric;
  label: string;
  stat?: "Sum" | "Average" | "Maximum" | "p50" | "p95" | "p99";
}

interface Chart {
  title: string;
  lines: Line[];
  /** Shown instead of the lines, which it names `m0`, `m1` and so on. */
  expression?: { expression: string; label: string };
  stacked?: boolean;
}

const sum = (metric: Metric, label: string): Line => ({ metric, label, stat: "Sum" });
const percentiles = (metric: Metric): Line[] =>
  (["p50", "p95", "p99"] as const).map((stat) => ({ metric, stat, label: stat }));
const perFunction = (metricName: Parameters<typeof lambdaMetric>[0]) =>
  Object.entries(functions).map(([name, handler]) => sum(lambdaMetric(metricName, handler), name));

const charts: Chart[] = [
  {
    title: "Jobs by outcome",
    stacked: true,
    lines: [
      sum(jobMetric("JobSucceeded"), "succeeded"),
      sum(jobMetric("JobFailed"), "failed"),
      sum(jobMetric("JobCancelled"), "cancelled"),
    ],
  },
  {
    title: "Runs by lane",
    stacked: true,
    lines: [
      sum(jobMetric("LambdaRuns"), "lambda"),
      sum(jobMetric("GlueRuns"), "shell"),
      ...(spark ? [sum(jobMetric("SparkRuns"), "spark")] : []),
    ],
  },
  { title: "Queue time, ms", lines: percentiles(jobMetric("QueueTime")) },
  { title: "Conversion time, ms", lines: percentiles(jobMetric("ConversionTime")) },
  {
    title: "Rows per second of a conversion",
    lines: percentiles(jobMetric("RowsPerSecond")).filter(({ stat }) => stat !== "p99"),
  },
  { title: "Output, bytes", lines: [sum(jobMetric("OutputBytes"), "bytes")] },
  {
    title: "Stuck jobs, failed repairs",
    lines: [
      { metric: jobMetric("JobStuck"), label: "stuck", stat: "Maximum" },
      { metric: jobMetric("ReconcileProblem"), label: "failed repairs", stat: "Maximum" },
    ],
  },
  {
    title: "Oldest waiting job, s",
    lines: [{ metric: jobMetric("StuckAge"), label: "age", stat: "Maximum" }],
  },
  {
    title: "Conversions, estimated $",
    lines: [
      sum(jobMetric("GlueDpuSeconds"), "DPU seconds"),
      sum(jobMetric("LambdaSeconds"), "Lambda seconds"),
      ...(spark ? [sum(jobMetric("SparkDpuSeconds"), "Spark DPU seconds")] : []),
    ],
    expression: {
      expression: `m0 * ${dpuSecond} + m1 * ${lambdaSecond}${spark ? ` + m2 * ${sparkDpuSecond}` : ""}`,
      label: "$",
    },
  },
  { title: "API latency, ms", lines: percentiles(apiMetric("Latency")) },
  {
    title: "API requests and errors",
    lines: [sum(apiMetric("Count"), "requests"), sum(apiServerErrors, "5xx"), sum(apiThrottled, "429")],
  },
  { title: "Function errors", lines: perFunction("Errors") },
  { title: "Function throttles", lines: perFunction("Throttles") },
  {
    title: "Dead letters",
    lines: [{ metric: deadLettersWaiting, label: "waiting", stat: "Maximum" }],
  },
  {
    title: "Failed runs",
    lines: [
      sum(jobMetric("RunTimeout"), "timeout"),
      sum(jobMetric("RunError"), "error"),
      sum(jobMetric("JobBroken"), "job broken"),
    ],
  },
];

const [columns, width, height] = [3, 8, 6];

/** Converts a chart to CloudWatch's JSON: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
function widget({ title, lines, expression, stacked = false }: Chart, index: number) {
  const metrics = lines.map(
    ({ metric: { namespace, metricName, dimensions = {} }, label, stat = "Average" }, line) => [
      namespace,
      metricName,
      ...Object.entries(dimensions).flat(),
      { id: `m${line}`, label, stat, ...(expression && { visible: false }) },
    ],
  );
  return {
    type: "metric",
    x: (index % columns) * width,
    y: Math.floor(index / columns) * height,
    width,
    height,
    properties: {
      title,
      region: aws.getRegionOutput().region,
      view: "timeSeries",
      stacked,
      period: 300,
      metrics: expression ? [[{ ...expression, id: "value" }], ...metrics] : metrics,
    },
  };
}

export const dashboard = new aws.cloudwatch.Dashboard("Board", {
  dashboardName: `${prefix}-overview`,
  dashboardBody: $jsonStringify({ widgets: charts.map(widget) }),
});
