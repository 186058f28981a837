import { randomUUID } from "node:crypto";
import type { Context, EventBridgeEvent } from "aws-lambda";
import type { GlueJobStateChange } from "./glue/events.ts";

/** What Lambda tells a handler about the function and the call. */
function context(functionName: string): Context {
  const deadline = Date.now() + 60_000;
  return {
    functionName,
    functionVersion: "$LATEST",
    invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${functionName}`,
    memoryLimitInMB: "1024",
    awsRequestId: randomUUID(),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: "local",
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}

// Loaded at the first call: a handler reads its environment when it is imported.

/** Calls the Lambda handler of Glue's state changes as EventBridge does. */
export async function glueStateChange(event: GlueJobStateChange): Promise<void> {
  const { handler } = await import("@unparquet/functions/lambda/glue-state-change");
  await handler(event, context("unparquet-local-GlueStateChange"));
}

/** Calls the Lambda handler of the reconciler as the scheduler does. */
export async function reconcile(): Promise<void> {
  const { handler } = await import("@unparquet/functions/lambda/reconcile");
  const event: EventBridgeEvent<"Scheduled Event", Record<string, never>> = {
    version: "0",
    id: randomUUID(),
    source: "aws.events",
    "detail-type": "Scheduled Event",
    account: "000000000000",
    region: "us-east-1",
    time: new Date().toISOString(),
    resources: [],
    detail: {},
  };
  await handler(event, context("unparquet-local-Reconcile"));
}
