import http from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

// A storage that refuses URLs when it is told to, which the real one does after an hour.
let server: http.Server;
let origin: string;
let expiresAt: (job: number) => string;
let answer: (job: number) => number;
let calls: string[];

const nextHour = () => new Date(Date.now() + 3_600_000).toISOString();

beforeEach(async () => {
  expiresAt = nextHour;
  answer = () => 200;
  calls = [];
  let jobs = 0;
  server = http.createServer((request, response) => {
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.setHeader("Access-Control-Allow-Methods", "*");
    response.setHeader("Access-Control-Allow-Headers", "*");
    if (request.method === "OPTIONS") return response.end();
    const { pathname } = new URL(request.url ?? "/", origin);
    calls.push(`${request.method} ${pathname}`);
    request.resume();
    if (request.method === "PUT") {
      response.statusCode = answer(Number(pathname.split("/").at(-1)));
      return response.end();
    }
    response.setHeader("Content-Type", "application/json");
    if (pathname === "/upload") jobs += 1;
    const upload = {
      strategy: "single",
      method: "PUT",
      url: `${origin}/storage/${jobs}`,
      headers: {},
      expiresAt: expiresAt(jobs),
    };
    response.end(JSON.stringify({ job: { jobId: `job_${jobs}` }, upload }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.stubEnv("VITE_API_URL", origin);
  vi.resetModules();
});

afterEach(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});

async function upload(session = {}) {
  // Only now: the address of the API is read when the client is loaded.
  const { uploadFile } = await import("./upload-file.ts");
  const { signal } = new AbortController();
  const ignore = () => undefined;
  return uploadFile(new File(["PAR1footer\u0006\u0000\u0000\u0000PAR1"], "a.parquet"), {}, session, {
    signal,
    priority: 0,
    onStep: ignore,
    onProgress: ignore,
    onTrouble: ignore,
  });
}

const again = ["DELETE /jobs/job_1", "POST /trigger-job", "POST /upload", "POST /upload", "PUT /storage/2"];

test("a URL that the storage takes for too old is replaced once, with its job", async () => {
  answer = (job) => (job === 1 ? 403 : 200);
  await expect(upload()).resolves.toMatchObject({ jobId: "job_2" });
  await vi.waitFor(() => expect(calls.toSorted()).toEqual([...again, "PUT /storage/1"].toSorted()));
});

test("a URL that is known to be too old is not tried", async () => {
  expiresAt = (job) => (job === 1 ? new Date(0).toISOString() : nextHour());
  await expect(upload()).resolves.toMatchObject({ jobId: "job_2" });
  await vi.waitFor(() => expect(calls.toSorted()).toEqual(again));
});

test("a storage that refuses a fresh URL too is not asked for ever", async () => {
  answer = () => 403;
  await expect(upload()).rejects.toMatchObject({ name: "PutError", status: 403 });
  expect(calls.filter((call) => call.startsWith("PUT"))).toHaveLength(2);
});
