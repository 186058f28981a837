import type { MetricName } from "../../packages/core/src/deployment.ts";
import { apiFunctions } from "../api.ts";
import { reconcile } from "../events.ts";
import { api } from "../gateway.ts";
import { converterFunction } from "../lambda-lane.ts";
import { deadLetters, runEnded } from "../run-ended.ts";
import { prefix } from "../stage.ts";
import { dashboard } from "../web.ts";

/** Identifies a CloudWatch metric. */
export interface Metric {
  namespace: $util.Input<string>;
  metricName: string;
  dimensions?: Record<string, $util.Input<string>>;
}

/** By the name in their log groups. */
export const functions: Record<string, { name: $util.Output<string> }> = {
  ...apiFunctions,
  dashboard,
  "run-ended": runEnded,
  reconcile,
  ...(converterFunction && { converter: converterFunction }),
};

export function lambdaMetric(
  metricName: "Errors" | "Invocations" | "Throttles" | "Duration" | "ConcurrentExecutions",
  handler: { name: $util.Output<string> },
): Metric {
  return { namespace: "AWS/Lambda", metricName, dimensions: { FunctionName: handler.name } };
}

export function apiMetric(metricName: "Count" | "Latency" | "IntegrationLatency"): Metric {
  return { namespace: "AWS/ApiGateway", metricName, dimensions: { ApiId: api.nodes.api.id } };
}

export const deadLettersWaiting: Metric = {
  namespace: "AWS/SQS",
  metricName: "ApproximateNumberOfMessagesVisible",
  dimensions: { QueueName: deadLetters.nodes.queue.name },
};

/** A metric that the functions write to their logs. */
export function jobMetric(metricName: MetricName): Metric {
  return { namespace: prefix, metricName, dimensions: { service: "unparquet" } };
}

/** Counts responses in the API's access log, which includes those that never reach a function. */
function responses(metricName: string, pattern: string): Metric {
  new aws.cloudwatch.LogMetricFilter(metricName, {
    name: `${prefix}-${metricName}`,
    logGroupName: api.nodes.logGroup.name,
    pattern,
    metricTransformation: { namespace: prefix, name: metricName, value: "1" },
  });
  return { namespace: prefix, metricName };
}

export const apiServerErrors = responses("ApiServerErrors", "{ $.status >= 500 }");
export const apiThrottled = responses("ApiThrottled", "{ $.status = 429 }");
