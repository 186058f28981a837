import type { GlueJobStateChange } from "./glue/events.ts";

// Imports happen at the first call: a handler's module reads environment variables that tests set after this import.

/** Calls the Lambda handler of Glue's state changes as EventBridge does. */
export async function glueStateChange(event: GlueJobStateChange): Promise<void> {
  const { handler } = await import("@unparquet/functions/run-ended");
  await handler(event);
}

/** Calls the Lambda handler of the reconciler as the scheduler does. */
export async function reconcile(): Promise<void> {
  const { handler } = await import("@unparquet/functions/reconcile");
  await handler({});
}
