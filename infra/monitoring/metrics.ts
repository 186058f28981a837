import type { MetricName } from "../../packages/core/src/deployment.ts";
import { apiFunctions } from "../api.ts";
import { deadLetters, glueStateChange, reconcile } from "../events.ts";
import { api } from "../gateway.ts";
import { prefix } from "../stage.ts";
import { dashboard } from "../web.ts";

/** Where a metric is found. */
export interface Metric {
  namespace: $util.Input<string>;
  metricName: string;
  dimensions?: Record<string, $util.Input<string>>;
}

export const functions: Record<string, sst.aws.Function> = {
  ...apiFunctions,
  ...(dashboard && { dashboard }),
  "glue-state-change": glueStateChange,
  reconcile,
};

/** One of Lambda's own, of a function. */
export const lambda = (
  metricName: "Errors" | "Invocations" | "Throttles" | "Duration" | "ConcurrentExecutions",
  handler: sst.aws.Function,
): Metric => ({ namespace: "AWS/Lambda", metricName, dimensions: { FunctionName: handler.name } });

/** One of API Gateway's own. */
export const gateway = (metricName: "Count" | "Latency" | "IntegrationLatency"): Metric => ({
  namespace: "AWS/ApiGateway",
  metricName,
  dimensions: { ApiId: api.nodes.api.id },
});

export const deadLettersWaiting: Metric = {
  namespace: "AWS/SQS",
  metricName: "ApproximateNumberOfMessagesVisible",
  dimensions: { QueueName: deadLetters.nodes.queue.name },
};

/** One that the functions write themselves. */
export const custom = (metricName: MetricName): Metric => ({
  namespace: prefix,
  metricName,
  dimensions: { service: "unparquet" },
});

/** Counts answers in the API's access log, which has those that API Gateway gives without asking a function. */
function answers(metricName: string, pattern: string): Metric {
  new aws.cloudwatch.LogMetricFilter(metricName, {
    name: `${prefix}-${metricName}`,
    logGroupName: api.nodes.logGroup.name,
    pattern,
    metricTransformation: { namespace: prefix, name: metricName, value: "1" },
  });
  return { namespace: prefix, metricName };
}

export const apiServerErrors = answers("ApiServerErrors", "{ $.status >= 500 }");
export const apiThrottled = answers("ApiThrottled", "{ $.status = 429 }");
