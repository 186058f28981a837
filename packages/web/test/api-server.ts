import http from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, vi } from "vitest";

/** Has each test of a file talk to an API and a storage of its own, which any origin may ask. Its address, once it is there. */
export function apiForEachTest(answer: http.RequestListener): () => string {
  let server: http.Server;
  let origin = "";
  beforeEach(async () => {
    server = http.createServer((request, response) => {
      response.setHeader("Access-Control-Allow-Origin", "*");
      response.setHeader("Access-Control-Allow-Methods", "*");
      response.setHeader("Access-Control-Allow-Headers", "*");
      response.setHeader("Access-Control-Expose-Headers", "ETag");
      if (request.method === "OPTIONS") response.end();
      else answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    // It is read when the client is loaded, so what is tested has to be imported in the test.
    vi.stubEnv("VITE_API_URL", origin);
    vi.resetModules();
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    server.close();
  });
  return () => origin;
}
