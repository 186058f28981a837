import type { Sink } from "@unparquet/local/glue/events";
import { glueStateChange } from "@unparquet/local/lambda";

/**
 * Where "Glue Job State Change" events go in tests: to the Lambda handler itself, as EventBridge sends them, unless a test
 * sets `to` to something else, such as dropping them all.
 */
export const delivery: { to: Sink } = { to: glueStateChange };

export const deliver: Sink = (event, signal) => delivery.to(event, signal);
