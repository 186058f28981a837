import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { Hono, MiddlewareHandler } from "hono";

export interface Server {
  url: string;
  /** Ends requests in progress and connections, then resolves. */
  stop: () => Promise<void>;
}

const loopback = ["127.0.0.1", "localhost"];

/** Origins of web pages that are served by this machine, as S3's CORS rules write them. */
export const localOrigins = loopback.map((hostname) => `http://${hostname}:*`);

/** Whether an Origin header names a page that is served by this machine. */
export const isLocalOrigin = (origin: string): boolean =>
  /^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?$/.test(origin);

/** Middleware that refuses web pages: browsers send their Origin header with every POST. */
export const withoutPages: MiddlewareHandler = async (c, next) => {
  if (c.req.header("origin") !== undefined) return c.text("Web pages have no access.\n", 403);
  return next();
};

/**
 * Listens on 127.0.0.1. Requests with another Host header get 403: by DNS rebinding, a web page's own host name can
 * resolve to this machine.
 * @param port 0: any free one
 * @throws EADDRINUSE, ... as Node's `listen`
 */
export async function serve(fetch: Hono["fetch"], port: number): Promise<Server> {
  const server = createAdaptorServer({
    fetch: (request, env) => {
      // Any port, as a proxy may be in between.
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
