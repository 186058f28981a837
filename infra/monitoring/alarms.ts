import { reconcile, reconcileSchedule } from "../events.ts";
import { config, prefix } from "../stage.ts";
import {
  apiServerErrors,
  apiThrottled,
  deadLettersWaiting,
  functions,
  jobMetric,
  lambdaMetric,
  type Metric,
} from "./metrics.ts";

/** Notifies its subscribers of alarms. docs/operations.md says what to do about each. */
export const topic = new sst.aws.SnsTopic("Alarms");

if (config.alarmEmail) {
  new aws.sns.TopicSubscription("AlarmEmail", {
    topic: topic.arn,
    protocol: "email",
    endpoint: config.alarmEmail,
  });
}

type Condition = Partial<aws.cloudwatch.MetricAlarmArgs>;

/** Creates an alarm. By default one occurrence within the period triggers it. */
function alarm(name: string, alarmDescription: string, condition: Condition) {
  return new aws.cloudwatch.MetricAlarm(`${name}-alarm`, {
    name: `${prefix}-${name}`,
    alarmDescription,
    evaluationPeriods: 1,
    comparisonOperator: "GreaterThanOrEqualToThreshold",
    threshold: 1,
    treatMissingData: "notBreaching",
    alarmActions: [topic.arn],
    okActions: [topic.arn],
    ...condition,
  });
}

const sum = (metric: Metric): Condition => ({ ...metric, statistic: "Sum", period: 300 });
const maximum = (metric: Metric): Condition => ({ ...metric, statistic: "Maximum", period: 300 });

/** An expression over the sums of several metrics, which it names by id. */
const computed = (
  expression: $util.Input<string>,
  label: string,
  period: number,
  metrics: Record<string, Metric>,
): Condition => ({
  metricQueries: [
    { id: "value", expression, label, returnData: true },
    ...Object.entries(metrics).map(([id, metric]) => ({ id, metric: { ...metric, stat: "Sum", period } })),
  ],
});

// One alarm per function and metric: an alarm has at most 10 metrics, and more alarms of fewer metrics cost the same.
for (const [name, handler] of Object.entries(functions)) {
  alarm(
    `${name}-errors`,
    `Function ${name} crashed or ran out of time.`,
    sum(lambdaMetric("Errors", handler)),
  );
  alarm(
    `${name}-throttles`,
    `Lambda rejected calls of function ${name}: too many ran at once.`,
    sum(lambdaMetric("Throttles", handler)),
  );
}

alarm("api-5xx", "The API answered with a server error.", sum(apiServerErrors));

alarm("api-throttled", "Callers have been answered 429 for 15 minutes.", {
  ...sum(apiThrottled),
  evaluationPeriods: 3,
  threshold: 20,
});

alarm(
  "dead-letters",
  "An event about a Glue run or a call of the reconciler could not be delivered.",
  maximum(deadLettersWaiting),
);

/** Seconds until CloudWatch has the first runs of a new schedule. */
const firstRunsWithin = 15 * 60;

/**
 * Counts one run per period until the first runs can be there, so that a new stage does not raise the alarm. EPOCH has a value
 * even for periods without data, and IF drops those: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
const runsOnceScheduled = reconcileSchedule.nodes.role.createDate.apply(
  (created) => `IF(EPOCH(runs) < ${Date.parse(created) / 1000 + firstRunsWithin}, 1, runs)`,
);

alarm("reconcile-silent", "The reconciler has not run for five minutes.", {
  ...computed(runsOnceScheduled, "Runs", 300, { runs: lambdaMetric("Invocations", reconcile) }),
  comparisonOperator: "LessThanThreshold",
  treatMissingData: "breaching",
});

alarm("reconcile-problem", "The reconciler has failed to repair a job for 15 minutes.", {
  ...sum(jobMetric("ReconcileProblem")),
  evaluationPeriods: 3,
});

alarm("job-broken", "A conversion failed, and its file is not the cause.", sum(jobMetric("JobBroken")));

alarm("failure-share", "At least half of five or more conversions within an hour failed.", {
  ...computed(
    "IF(failed + succeeded >= 5, 100 * failed / (failed + succeeded), 0)",
    "Failed, percent",
    3600,
    {
      failed: jobMetric("JobFailed"),
      succeeded: jobMetric("JobSucceeded"),
    },
  ),
  threshold: 50,
});

alarm("stuck-age", "A job has been queued or cancelling for more than 15 minutes.", {
  ...maximum(jobMetric("StuckAge")),
  threshold: 15 * 60,
});

alarm("output-volume", "Conversions wrote 80 % of the day's output quota within 24 hours.", {
  ...sum(jobMetric("OutputBytes")),
  period: 24 * 60 * 60,
  threshold: 0.8 * config.limits.outputBytesPerDay,
});

alarm("run-timeout", "A run took or waited too long.", sum(jobMetric("RunTimeout")));

alarm("run-error", "Glue or Lambda failed to complete a run.", sum(jobMetric("RunError")));
