import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { serve } from "@hono/node-server";
import { transport } from "@unparquet/testing/api/client";
import { useLambdaLane } from "@unparquet/testing/aws/lambda-lane";
import { threeRows } from "@unparquet/testing/fixtures/objects";
import { afterAll, beforeAll, expect, test } from "vitest";

const page = path.join(import.meta.dirname, "../src/docs/quick-start.md");

useLambdaLane();

let folder: string;
let server: ReturnType<typeof serve>;
let url: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "quick-start-"));
  await writeFile(path.join(folder, "trips.parquet"), threeRows);
  url = await new Promise((resolve) => {
    server = serve(
      { fetch: (request) => transport.to(request), port: 0, hostname: "127.0.0.1" },
      ({ port }) => resolve(`http://127.0.0.1:${port}`),
    );
  });
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

test("the lines of the quick start convert a file and print what it shows", async () => {
  const text = await readFile(page, "utf8");
  const lines = [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, block = ""]) => block).join("");
  const script = lines.replaceAll("https://api.example.com", url);
  const args = ["-euo", "pipefail", "-c", `{\n${script}\n} | jq -s .`];
  const { stdout } = await promisify(execFile)("bash", args, { cwd: folder });
  const shown = [...text.matchAll(/```json\n(.*?)```/gs)].map(([, block = ""]) => JSON.parse(block));
  const printed = JSON.parse(stdout);
  expect(printed).toHaveLength(shown.length);
  const [created, ...others] = shown;
  expect(printed[0]).toMatchObject({
    status: created.status,
    upload: { strategy: "single", method: "PUT", headers: created.upload.headers },
  });
  expect(Object.keys(printed[0].upload)).toEqual(Object.keys(created.upload));
  expect(printed.slice(1)).toEqual(others);
  const converted = (await readFile(path.join(folder, "trips.ndjson"), "utf8")).trimEnd().split("\n");
  expect(converted.map((line) => JSON.parse(line))).toEqual(
    JSON.parse(await readFile(path.join(folder, "trips.json"), "utf8")),
  );
});
