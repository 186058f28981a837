import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { fetchApi } from "./error.ts";

test.each([
  [429, "1", true],
  [429, "40000", false],
  [503, "5", true],
  [503, undefined, true],
  [409, undefined, false],
])("an answer %s that asks to wait %s s may pass by itself: %s", async (status, wait, passing) => {
  const server = createServer((_, response) => {
    response.writeHead(status, wait === undefined ? {} : { "Retry-After": wait }).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await expect(fetchApi(`http://127.0.0.1:${port}`)).rejects.toMatchObject({ status, isPassing: passing });
  server.close();
});
