import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { MetricName } from "@unparquet/core/deployment";
import { dpuSecondsOf, type Run } from "@unparquet/core/glue/runs";
import type { JobRecord } from "@unparquet/core/job/record";

/** Written as log lines in CloudWatch's embedded metric format. */
const metrics = new Metrics({
  serviceName: "unparquet",
  namespace: process.env.POWERTOOLS_METRICS_NAMESPACE ?? "unparquet",
});

type Unit = (typeof MetricUnit)[keyof typeof MetricUnit];

export const measure = (name: MetricName, value: number, unit: Unit = MetricUnit.Count): void => {
  metrics.addMetric(name, unit, value);
};

export const publishMetrics = (): void => {
  metrics.publishStoredMetrics();
};

const ours: ReadonlySet<string> = new Set(["internal", "timed_out", "out_of_memory", "stopped"]);

const measureOutcome = ({ status, result, error }: JobRecord): void => {
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
      // Bad files are user errors; these are ours.
      if (error && ours.has(error.code)) measure("JobBroken", 1);
      break;
    case "CANCELLED":
      measure("JobCancelled", 1);
      break;
  }
};

/** What a job whose attempt has just ended took, for its line in the log. `run` is the attempt's, where Glue knows one. */
export const figuresOf = (job: JobRecord, run?: Run) => {
  const { startedAt, endedAt } = job;
  const durationMs = startedAt && endedAt ? Date.parse(endedAt) - Date.parse(startedAt) : 0;
  return {
    jobId: job.jobId,
    attempt: job.attempt,
    status: job.status,
    code: job.error?.code,
    rows: job.result?.rows,
    durationMs,
    conversionMs: job.result?.durationMs,
    ...(run && {
      queueMs: Math.max(0, durationMs - run.executionSeconds * 1000),
      dpuSeconds: dpuSecondsOf(run),
    }),
  };
};

/** Measures a job whose attempt has just ended. */
export const measureEnded = (job: JobRecord, run?: Run): void => {
  measureOutcome(job);
  const { durationMs, queueMs, dpuSeconds } = figuresOf(job, run);
  measure("JobDuration", durationMs, MetricUnit.Milliseconds);
  if (!run || queueMs === undefined || dpuSeconds === undefined) return;
  measure("QueueTime", queueMs, MetricUnit.Milliseconds);
  measure("GlueDpuSeconds", dpuSeconds, MetricUnit.Seconds);
  if (run.state === "TIMEOUT" || run.state === "EXPIRED") measure("GlueRunTimeout", 1);
  if (run.state === "ERROR") measure("GlueRunError", 1);
};
