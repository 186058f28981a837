import type { GlueJobStateChange, Sink } from "../glue/events.ts";

type Handler = (event: GlueJobStateChange) => Promise<unknown>;

/**
 * How "Glue Job State Change" events reach the handler in tests: to the Lambda handler itself, as EventBridge would, unless
 * a test sets `to` to something else, such as dropping them all.
 */
export const delivery = {
  to: undefined as Handler | undefined,
  deliver: (async (event) => {
    const handler: Handler =
      delivery.to ?? (await import("@unparquet/functions/lambda/glue-state-change")).handler;
    await handler(event);
  }) satisfies Sink,
};
