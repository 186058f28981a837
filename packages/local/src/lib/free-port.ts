import { randomInt } from "node:crypto";
import getPort from "get-port";

/**
 * A port of 127.0.0.1 on which nothing listens. Systems give those from 32768 on to outgoing connections, one of which could
 * have it before the server does; browsers refuse 10080.
 */
export const freePort = (): Promise<number> =>
  getPort({ host: "127.0.0.1", port: Array.from({ length: 50 }, () => randomInt(11_000, 32_768)) });
