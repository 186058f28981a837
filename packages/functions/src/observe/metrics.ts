import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { JobRecord } from "@unparquet/core/job/entity";
import { currentAttempt } from "@unparquet/core/job/transitions";

/** Custom metrics, written as log lines in CloudWatch's embedded metric format. README.md says what each means. */
export const metrics = new Metrics({
  serviceName: "unparquet",
  namespace: process.env.POWERTOOLS_METRICS_NAMESPACE ?? "unparquet",
});

/** Counts a job whose attempt has just ended. */
export const countEnded = (job: JobRecord): void => {
  const attempt = currentAttempt(job);
  switch (job.status) {
    case "SUCCEEDED":
      metrics.addMetric("JobSucceeded", MetricUnit.Count, 1);
      metrics.addMetric("RowsConverted", MetricUnit.Count, job.result?.rows ?? 0);
      metrics.addMetric("OutputBytes", MetricUnit.Bytes, job.result?.bytes ?? 0);
      break;
    case "FAILED":
      metrics.addMetric("JobFailed", MetricUnit.Count, 1);
      // A file that cannot be converted is its owner's affair; these are ours.
      if (job.error?.code === "internal" || job.error?.code === "timed_out") {
        metrics.addMetric("JobBroken", MetricUnit.Count, 1);
      }
      break;
    case "CANCELLED":
      metrics.addMetric("JobCancelled", MetricUnit.Count, 1);
      break;
  }
  if (attempt?.endedAt) {
    const duration = Date.parse(attempt.endedAt) - Date.parse(attempt.startedAt);
    metrics.addMetric("JobDuration", MetricUnit.Milliseconds, duration);
  }
};
