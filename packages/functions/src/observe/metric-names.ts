/**
 * Every custom metric, with what it says. No imports: alarms and charts of infra/ name them too. Their one dimension is
 * `service`, for each combination of dimensions is a metric that is billed.
 */
export const metricNames = {
  JobSucceeded: "attempts that ended well",
  JobFailed: "attempts that failed, for whatever reason",
  JobCancelled: "attempts that were cancelled",
  JobBroken:
    "of those failed: with internal, timed_out, out_of_memory or stopped, so not for what is in the file",
  GlueRunTimeout:
    "runs that Glue ended for taking too long, or for waiting too long: its states TIMEOUT and EXPIRED",
  GlueRunError: "runs that Glue could not carry through: its state ERROR",
  JobDuration: "from the acceptance of an attempt to its end",
  QueueTime: "of that: waiting for Glue to begin, and for the end to be noticed",
  ConversionTime: "of a conversion that ended well: the converter's own time",
  RowsConverted: "rows written",
  RowsPerSecond: "rows written in a second of the converter's own time",
  OutputBytes: "bytes written",
  GlueDpuSeconds: "what Glue bills for a run: its DPU times its seconds, at least 60",
  JobStuck: "jobs queued or cancelling for more than 15 minutes, each minute",
  StuckAge: "how long the oldest queued or cancelling job has been so, each minute",
  ReconcileProblem: "jobs the reconciler could not repair in a round, each minute",
} as const;
export type MetricName = keyof typeof metricNames;
