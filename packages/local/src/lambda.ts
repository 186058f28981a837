// Imports happen at the first call: a handler's module reads environment variables that tests set after this import.

/** Calls the Lambda handler of runs' ends with an event of Glue, S3 or Lambda. */
export async function runEnded(event: unknown): Promise<void> {
  const { handler } = await import("@unparquet/functions/run-ended");
  await handler(event);
}

/** Calls the Lambda handler of the reconciler as the scheduler does. */
export async function reconcile(): Promise<void> {
  const { handler } = await import("@unparquet/functions/reconcile");
  await handler({});
}
