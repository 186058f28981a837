import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";

export interface Server {
  url: string;
  /** Ends requests in progress and connections, then resolves. */
  stop: () => Promise<void>;
}

/**
 * Listens on 127.0.0.1.
 * @param port 0: any free one
 * @throws EADDRINUSE, ... as Node's `listen`
 */
export async function serve(fetch: Hono["fetch"], port: number): Promise<Server> {
  const server = createAdaptorServer({ fetch });
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
