import type { NodeKind } from "./graph.ts";

/** A node each. */
export const nodeKinds: Record<string, Exclude<NodeKind, "internet" | "cloudwatch">> = {
  "aws:apigatewayv2/api:Api": "api",
  "aws:lambda/function:Function": "function",
  "aws:dynamodb/table:Table": "table",
  "aws:s3/bucket:Bucket": "bucket",
  "aws:glue/job:Job": "job",
  "aws:cloudwatch/eventRule:EventRule": "rule",
  "aws:scheduler/schedule:Schedule": "schedule",
  "aws:sqs/queue:Queue": "queue",
  "aws:sns/topic:Topic": "topic",
};

/** Too many for a node each: CloudWatch's node says how many there are. */
export const counted: Record<string, { one: string; many: string }> = {
  "aws:cloudwatch/metricAlarm:MetricAlarm": { one: "alarm", many: "alarms" },
  "aws:cloudwatch/compositeAlarm:CompositeAlarm": { one: "composite alarm", many: "composite alarms" },
  "aws:cloudwatch/dashboard:Dashboard": { one: "dashboard", many: "dashboards" },
  "aws:cloudwatch/logGroup:LogGroup": { one: "log group", many: "log groups" },
  "aws:cloudwatch/queryDefinition:QueryDefinition": { one: "log query", many: "log queries" },
  "aws:cloudwatch/logMetricFilter:LogMetricFilter": { one: "metric filter", many: "metric filters" },
};

/** Say what the edges are, or details of a node. */
const read = new Set([
  "aws:apigatewayv2/integration:Integration",
  "aws:apigatewayv2/route:Route",
  "aws:apigatewayv2/stage:Stage",
  "aws:cloudwatch/eventTarget:EventTarget",
  "aws:iam/role:Role",
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
  "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration",
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
  "aws:s3/bucketPolicy:BucketPolicy",
]);

/** Mere settings: nothing that calls, holds or is called. */
const settings = new Set([
  // The called one's side of an edge that its caller's side says already.
  "aws:lambda/permission:Permission",
  "aws:sqs/queuePolicy:QueuePolicy",
  "aws:sns/topicPolicy:TopicPolicy",
  // Who is told of alarms is nobody's business but the stage's.
  "aws:sns/topicSubscription:TopicSubscription",
  "aws:s3/bucketObjectv2:BucketObjectv2",
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  "random:index/randomBytes:RandomBytes",
]);

/** Components hold resources and are none. */
const isComponent = (type: string) => /^(sst|pulumi):/.test(type);

/** Whether somebody has decided how the picture shows resources of this type. */
export const isKnown = (type: string) =>
  type in nodeKinds || type in counted || read.has(type) || settings.has(type) || isComponent(type);
