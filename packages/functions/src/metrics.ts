import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { LaneName, MetricName } from "@unparquet/core/deployment";
import type { JobRecord } from "@unparquet/core/job/record";
import type { Run } from "@unparquet/core/lanes/lane";

/** Writes log lines in CloudWatch's embedded metric format. */
const metrics = new Metrics({
  serviceName: "unparquet",
  namespace: process.env.POWERTOOLS_METRICS_NAMESPACE ?? "unparquet",
});

type Unit = (typeof MetricUnit)[keyof typeof MetricUnit];

export function measure(name: MetricName, value: number, unit: Unit = MetricUnit.Count): void {
  metrics.addMetric(name, unit, value);
}

export function publishMetrics(): void {
  metrics.publishStoredMetrics();
}

/** Bad files are user errors; these are ours. */
const ours: ReadonlySet<string> = new Set(["internal", "timed_out", "out_of_memory", "stopped"]);

function measureOutcome({ status, result, error }: JobRecord): void {
  switch (status) {
    case "SUCCEEDED": {
      const { rows = 0, bytes = 0, durationMs = 0 } = result ?? {};
      measure("JobSucceeded", 1);
      measure("RowsConverted", rows);
      measure("OutputBytes", bytes, MetricUnit.Bytes);
      measure("ConversionTime", durationMs, MetricUnit.Milliseconds);
      if (durationMs > 0) measure("RowsPerSecond", (rows * 1000) / durationMs, MetricUnit.CountPerSecond);
      break;
    }
    case "FAILED":
      measure("JobFailed", 1);
      if (error && ours.has(error.code)) measure("JobBroken", 1);
      break;
    case "CANCELLED":
      measure("JobCancelled", 1);
      break;
  }
}

/** Log fields of a job whose attempt has just ended. `run` is the attempt's, if its lane knows one. */
export function figuresOf(job: JobRecord, run?: Run) {
  const { startedAt, endedAt } = job;
  const durationMs = startedAt && endedAt ? Date.parse(endedAt) - Date.parse(startedAt) : 0;
  return {
    jobId: job.jobId,
    attempt: job.attempt,
    lane: job.lane,
    status: job.status,
    code: job.error?.code,
    rows: job.result?.rows,
    durationMs,
    conversionMs: job.result?.durationMs,
    ...(run && {
      queueMs: Math.max(0, durationMs - run.executionSeconds * 1000),
      ...run.billed,
    }),
  };
}

const runsMetric: Record<LaneName, MetricName> = {
  lambda: "LambdaRuns",
  shell: "GlueRuns",
  spark: "SparkRuns",
};

/** Adds the metrics of a job whose attempt has just ended. */
export function measureEnded(job: JobRecord, run?: Run): void {
  measureOutcome(job);
  const { durationMs, queueMs } = figuresOf(job, run);
  measure("JobDuration", durationMs, MetricUnit.Milliseconds);
  if (!run || queueMs === undefined) return;
  measure("QueueTime", queueMs, MetricUnit.Milliseconds);
  const { dpuSeconds, lambdaSeconds, sparkDpuSeconds } = run.billed;
  if (dpuSeconds !== undefined) measure("GlueDpuSeconds", dpuSeconds, MetricUnit.Seconds);
  if (lambdaSeconds !== undefined) measure("LambdaSeconds", lambdaSeconds, MetricUnit.Seconds);
  if (sparkDpuSeconds !== undefined) measure("SparkDpuSeconds", sparkDpuSeconds, MetricUnit.Seconds);
  measure(runsMetric[run.lane], 1);
  if (run.state === "TIMED_OUT" || run.state === "NO_CAPACITY") measure("RunTimeout", 1);
  if (run.state === "ERROR") measure("RunError", 1);
}
