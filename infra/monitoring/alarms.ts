import { reconcile, reconcileSchedule } from "../events.ts";
import { config, prefix } from "../stage.ts";
import {
  apiServerErrors,
  apiThrottled,
  custom,
  deadLettersWaiting,
  functions,
  lambda,
  type Metric,
} from "./metrics.ts";

/** Where the alarms go: subscribe whoever should know. docs/operations.md says what to do about each. */
export const topic = new sst.aws.SnsTopic("Alarms");

if (config.alarmEmail) {
  new aws.sns.TopicSubscription("AlarmEmail", {
    topic: topic.arn,
    protocol: "email",
    endpoint: config.alarmEmail,
  });
}

type Condition = Partial<aws.cloudwatch.MetricAlarmArgs>;

/** Unless told otherwise: once or more within five minutes. */
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

/** Of several metrics, by id: the value of an expression over their sums. */
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

// One alarm per function and metric: an alarm takes at most 10 metrics, and a metric costs the same in an alarm of its own.
for (const [name, handler] of Object.entries(functions)) {
  alarm(`${name}-errors`, `Function ${name} crashed or ran out of time.`, sum(lambda("Errors", handler)));
  alarm(
    `${name}-throttles`,
    `Lambda rejected calls of function ${name}: too many ran at once.`,
    sum(lambda("Throttles", handler)),
  );
}

alarm("api-5xx", "The API answered with a server error.", sum(apiServerErrors));

alarm("api-throttled", "For 15 minutes callers have been turned away with 429.", {
  ...sum(apiThrottled),
  evaluationPeriods: 3,
  threshold: 20,
});

alarm(
  "dead-letters",
  "An event about a Glue run, or a call of the reconciler, was given up.",
  maximum(deadLettersWaiting),
);

/** Seconds after the schedule is created within which its first runs are certain to be in CloudWatch. */
const firstRunsWithin = 15 * 60;

/**
 * Counts as one run every period in which there may be no runs yet: to a new stage's alarm, data that is missing because nothing
 * ran yet looks like a reconciler that stopped. EPOCH has a value for every period of the metric, also for those without data,
 * and IF drops periods without runs: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
const runsOnceScheduled = reconcileSchedule.nodes.role.createDate.apply(
  (created) => `IF(EPOCH(runs) < ${Date.parse(created) / 1000 + firstRunsWithin}, 1, runs)`,
);

alarm("reconcile-silent", "The reconciler has not run for five minutes.", {
  ...computed(runsOnceScheduled, "Runs", 300, { runs: lambda("Invocations", reconcile) }),
  comparisonOperator: "LessThanThreshold",
  treatMissingData: "breaching",
});

alarm("reconcile-problem", "For 15 minutes the reconciler has not been able to repair a job.", {
  ...sum(custom("ReconcileProblem")),
  evaluationPeriods: 3,
});

alarm("job-broken", "A conversion failed for a reason that is not in its file.", sum(custom("JobBroken")));

alarm("failure-share", "Of five or more conversions within an hour, half or more failed.", {
  ...computed(
    "IF(failed + succeeded >= 5, 100 * failed / (failed + succeeded), 0)",
    "Failed, percent",
    3600,
    {
      failed: custom("JobFailed"),
      succeeded: custom("JobSucceeded"),
    },
  ),
  threshold: 50,
});

alarm("stuck-age", "A job has been queued or cancelling for more than 15 minutes.", {
  ...maximum(custom("StuckAge")),
  threshold: 15 * 60,
});

alarm("output-volume", "Conversions wrote 80 % of the day's output quota within 24 hours.", {
  ...sum(custom("OutputBytes")),
  period: 24 * 60 * 60,
  threshold: 0.8 * config.limits.outputBytesPerDay,
});

alarm("glue-timeout", "Glue ended a run for taking, or waiting, too long.", sum(custom("GlueRunTimeout")));

alarm("glue-error", "Glue could not carry a run through.", sum(custom("GlueRunError")));
