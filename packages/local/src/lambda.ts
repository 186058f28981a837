import type { GlueJobStateChange } from "./glue/events.ts";

// Imported at the first call: a handler's module reads the environment, which tests set later than this is imported.

/** Calls the Lambda handler of Glue's state changes as EventBridge does. */
export async function glueStateChange(event: GlueJobStateChange): Promise<void> {
  const { handler } = await import("@unparquet/functions/glue-state-change");
  await handler(event);
}

/** Calls the Lambda handler of the reconciler as the scheduler does. */
export async function reconcile(): Promise<void> {
  const { handler } = await import("@unparquet/functions/reconcile");
  await handler({});
}
