import type { Sink } from "@unparquet/local/glue/events";
import { runEnded } from "@unparquet/local/lambda";

/**
 * Target of "Glue Job State Change" events. The default is the Lambda handler; a test may set `to`, for example to drop
 * all events.
 */
export const delivery: { to: Sink } = { to: runEnded };

export const deliver: Sink = (event, signal) => delivery.to(event, signal);
