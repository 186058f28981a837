import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { Hono, MiddlewareHandler } from "hono";

export interface Server {
  url: string;
  /** Stops listening, closes all connections, then resolves. */
  stop: () => Promise<void>;
}

/** Origins of pages served by this machine, in the syntax of S3's CORS rules. */
export const localOrigins = ["http://127.0.0.1:*", "http://localhost:*"];

/** Whether an Origin header names a page served by this machine. */
export function isLocalOrigin(origin: string): boolean {
  return /^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?$/.test(origin);
}

/** Middleware that refuses requests from web pages: browsers send an Origin header with every POST. */
export const refusePages: MiddlewareHandler = async (c, next) => {
  if (c.req.header("origin") !== undefined) return c.text("Web pages have no access.\n", 403);
  return next();
};

/**
 * Listens on 127.0.0.1. Answers 403 to any other Host header: with DNS rebinding, a web page's host name resolves to this
 * machine.
 * @param port 0 picks a free port
 * @throws EADDRINUSE and the other errors of Node's `listen`
 */
export async function serve(fetch: Hono["fetch"], port: number): Promise<Server> {
  const server = createAdaptorServer({
    fetch: (request, env) => {
      // Any port is allowed, because a proxy may sit in between.
      if (isLocalOrigin(`http://${env.incoming.headers.host}`)) return fetch(request, env);
      return new Response("This server has another host name.\n", { status: 403 });
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve());
  });
  const { port: actual } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${actual}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ("closeAllConnections" in server) server.closeAllConnections();
      }),
  };
}
