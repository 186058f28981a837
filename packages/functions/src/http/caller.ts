import type { Context } from "hono";
import type { LambdaEvent } from "hono/aws-lambda";

interface Bindings {
  /** On Lambda. */
  event?: LambdaEvent;
  /** On Node. */
  incoming?: { socket: { remoteAddress?: string } };
}

/** The address a request came from; undefined where there is none, as in a test. */
export function callerOf(c: Context): string | undefined {
  const { event, incoming }: Bindings = c.env ?? {};
  if (event && "http" in event.requestContext) return event.requestContext.http.sourceIp;
  return incoming?.socket.remoteAddress;
}
