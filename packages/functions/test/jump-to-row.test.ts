import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";
import { promisify } from "node:util";
import { post, transport } from "@unparquet/testing/api/client";
import { ended, uploaded } from "@unparquet/testing/api/jobs";
import { threeRows } from "@unparquet/testing/fixtures/objects";
import { afterAll, beforeAll, expect, test } from "vitest";

const page = path.join(import.meta.dirname, "../../../docs/api.md");

const server = createServer(async (incoming, outgoing) => {
  const answer = await transport.to(new Request(new URL(incoming.url ?? "/", "http://localhost")));
  outgoing.writeHead(answer.status).end(await answer.text());
});
beforeAll(async () => {
  await once(server.listen(0, "127.0.0.1"), "listening");
});
afterAll(() => server.close());

test("the commands of docs/api.md print a row and those after it", async () => {
  const [, script = ""] = /<!-- test: jump -->\n```sh\n(.*?)```/s.exec(await readFile(page, "utf8")) ?? [];
  const { jobId } = await uploaded(threeRows);
  await post("/trigger-job", { jobId, options: { compression: "gzip", columns: ["id"] } });
  await ended(jobId);
  const address = server.address();
  const port = typeof address === "object" && address?.port;
  const env = { ...process.env, API: `http://127.0.0.1:${port}`, JOB: jobId };
  const { stdout } = await promisify(execFile)("bash", ["-ec", script.replace("1000000", "1")], { env });
  expect(stdout).toBe('{"id":2}\n{"id":3}\n');
});
