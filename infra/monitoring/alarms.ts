import { reconcile } from "../events.ts";
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
  expression: string,
  label: string,
  period: number,
  metrics: Record<string, Metric>,
): Condition => ({
  metricQueries: [
    { id: "value", expression, label, returnData: true },
    ...Object.entries(metrics).map(([id, metric]) => ({ id, metric: { ...metric, stat: "Sum", period } })),
  ],
});

const all = Object.entries(functions);

for (const [name, handler] of all) {
  alarm(`${name}-errors`, `Function ${name} crashed or ran out of time.`, sum(lambda("Errors", handler)));
}

alarm("throttles", "Lambda turned calls of functions away: too many ran at once.", {
  ...computed(
    "SUM(METRICS())",
    "Throttled calls",
    300,
    Object.fromEntries(all.map(([, handler], index) => [`m${index}`, lambda("Throttles", handler)])),
  ),
});

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

alarm("reconcile-silent", "The reconciler has not run for five minutes.", {
  ...sum(lambda("Invocations", reconcile)),
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

alarm("glue-timeout", "Glue ended a run for taking, or waiting, too long.", sum(custom("GlueRunTimeout")));

alarm("glue-error", "Glue could not carry a run through.", sum(custom("GlueRunError")));
