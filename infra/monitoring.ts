import { api, apiFunctions } from "./api.ts";
import { deadLetters, glueStateChange, reconcile } from "./events.ts";
import { prefix } from "./stage.ts";
import { dashboard } from "./web.ts";

/** Where the alarms go: subscribe whoever should know. docs/operations.md says what to do about each. */
export const alarms = new sst.aws.SnsTopic("Alarms");

type Metric = Pick<aws.cloudwatch.MetricAlarmArgs, "namespace" | "metricName" | "dimensions"> &
  Partial<aws.cloudwatch.MetricAlarmArgs>;

/** Unless told otherwise: once or more within five minutes. */
function alarm(name: string, alarmDescription: string, metric: Metric) {
  return new aws.cloudwatch.MetricAlarm(`${name}-alarm`, {
    name: `${prefix}-${name}`,
    alarmDescription,
    statistic: "Sum",
    period: 300,
    evaluationPeriods: 1,
    comparisonOperator: "GreaterThanOrEqualToThreshold",
    threshold: 1,
    treatMissingData: "notBreaching",
    alarmActions: [alarms.arn],
    okActions: [alarms.arn],
    ...metric,
  });
}

const functions = {
  ...apiFunctions,
  ...(dashboard && { dashboard }),
  "glue-state-change": glueStateChange,
  reconcile,
};

for (const [name, handler] of Object.entries(functions)) {
  alarm(`${name}-errors`, `Function ${name} crashed or ran out of time.`, {
    namespace: "AWS/Lambda",
    metricName: "Errors",
    dimensions: { FunctionName: handler.name },
  });
}

alarm("api-5xx", "The API answered with a server error.", {
  namespace: "AWS/ApiGateway",
  metricName: "5xx",
  dimensions: { ApiId: api.nodes.api.id },
});

alarm("dead-letters", "An event about a Glue run, or a call of the reconciler, was given up.", {
  namespace: "AWS/SQS",
  metricName: "ApproximateNumberOfMessagesVisible",
  dimensions: { QueueName: deadLetters.nodes.queue.name },
  statistic: "Maximum",
});

alarm("reconcile-silent", "The reconciler has not run for five minutes.", {
  namespace: "AWS/Lambda",
  metricName: "Invocations",
  dimensions: { FunctionName: reconcile.name },
  comparisonOperator: "LessThanThreshold",
  treatMissingData: "breaching",
});

/** Metrics that the functions write themselves, by name: packages/functions/README.md. */
const custom = (metricName: string) => ({
  namespace: prefix,
  metricName,
  dimensions: { service: "unparquet" },
});

alarm("job-broken", "A conversion failed for a reason that is not in its file.", custom("JobBroken"));

alarm("job-stuck", "A job has been queued or cancelling for more than 15 minutes.", custom("JobStuck"));

alarm("reconcile-problem", "For 15 minutes the reconciler has not been able to repair a job.", {
  ...custom("ReconcileProblem"),
  evaluationPeriods: 3,
});
