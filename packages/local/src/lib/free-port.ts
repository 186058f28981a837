import { randomInt } from "node:crypto";
import getPort from "get-port";

/**
 * A port of 127.0.0.1 on which nothing listens: the preferred one, or any. Systems give those from 32768 on to outgoing
 * connections, one of which could have it before the server does; browsers refuse 10080.
 */
export function freePort(preferred?: number): Promise<number> {
  const random = Array.from({ length: 50 }, () => randomInt(11_000, 32_768));
  return getPort({ host: "127.0.0.1", port: preferred === undefined ? random : [preferred, ...random] });
}
