import { prefix } from "../stage.ts";
import {
  apiServerErrors,
  apiThrottled,
  custom,
  deadLettersWaiting,
  functions,
  gateway,
  lambda,
  type Metric,
} from "./metrics.ts";

/** Dollars a DPU-second of a Python Shell job costs in us-east-1: https://aws.amazon.com/glue/pricing/ */
const dpuSecond = 0.44 / 3600;

interface Line {
  metric: Metric;
  label: string;
  stat?: "Sum" | "Average" | "Maximum" | "p50" | "p95" | "p99";
}

interface Chart {
  title: string;
  lines: Line[];
  /** Over the sum of the lines: shown instead of them. */
  expression?: { expression: string; label: string };
  stacked?: boolean;
}

const sum = (metric: Metric, label: string): Line => ({ metric, label, stat: "Sum" });
const percentiles = (metric: Metric): Line[] =>
  (["p50", "p95", "p99"] as const).map((stat) => ({ metric, stat, label: stat }));
const perFunction = (metricName: Parameters<typeof lambda>[0]) =>
  Object.entries(functions).map(([name, handler]) => sum(lambda(metricName, handler), name));

const charts: Chart[] = [
  {
    title: "Jobs by outcome",
    stacked: true,
    lines: [
      sum(custom("JobSucceeded"), "succeeded"),
      sum(custom("JobFailed"), "failed"),
      sum(custom("JobCancelled"), "cancelled"),
    ],
  },
  { title: "Queue time, ms", lines: percentiles(custom("QueueTime")) },
  { title: "Conversion time, ms", lines: percentiles(custom("ConversionTime")) },
  {
    title: "Rows a second, of one conversion",
    lines: percentiles(custom("RowsPerSecond")).filter(({ stat }) => stat !== "p99"),
  },
  { title: "Output, bytes", lines: [sum(custom("OutputBytes"), "bytes")] },
  {
    title: "Jobs stuck, and not repaired",
    lines: [
      { metric: custom("JobStuck"), label: "stuck", stat: "Maximum" },
      { metric: custom("ReconcileProblem"), label: "not repaired", stat: "Maximum" },
    ],
  },
  { title: "Oldest waiting job, s", lines: [{ metric: custom("StuckAge"), label: "age", stat: "Maximum" }] },
  {
    title: "Glue, estimated $",
    lines: [sum(custom("GlueDpuSeconds"), "DPU seconds")],
    expression: { expression: `m0 * ${dpuSecond}`, label: "$" },
  },
  { title: "API latency, ms", lines: percentiles(gateway("Latency")) },
  {
    title: "API requests and refusals",
    lines: [sum(gateway("Count"), "requests"), sum(apiServerErrors, "5xx"), sum(apiThrottled, "429")],
  },
  { title: "Function errors", lines: perFunction("Errors") },
  { title: "Function throttles", lines: perFunction("Throttles") },
  {
    title: "Dead letters",
    lines: [{ metric: deadLettersWaiting, label: "waiting", stat: "Maximum" }],
  },
  {
    title: "Glue runs that broke",
    lines: [
      sum(custom("GlueRunTimeout"), "timeout"),
      sum(custom("GlueRunError"), "error"),
      sum(custom("JobBroken"), "job broken"),
    ],
  },
];

const [columns, width, height] = [3, 8, 6];

/** A chart as the dashboard's JSON: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
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

export const board = new aws.cloudwatch.Dashboard("Board", {
  dashboardName: `${prefix}-overview`,
  dashboardBody: $jsonStringify({ widgets: charts.map(widget) }),
});
