import { beforeEach, expect, test, vi } from "vitest";
import { apiForEachTest } from "../../../../test/api-server.ts";

// A storage that refuses URLs when it is told to, which the real one does after an hour.
let expiresAt: string;
let answer: (job: number) => number;
let calls: string[];
let jobs: number;

beforeEach(() => {
  expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  answer = () => 200;
  calls = [];
  jobs = 0;
});

const origin = apiForEachTest((request, response) => {
  const { pathname } = new URL(request.url ?? "/", origin());
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
    url: `${origin()}/storage/${jobs}`,
    headers: {},
    expiresAt,
  };
  response.end(JSON.stringify({ job: { jobId: `job_${jobs}` }, upload }));
});

async function upload(session: object = {}) {
  // Only now: the address of the API is read when the client is loaded.
  const { uploadFile } = await import("./upload-file.ts");
  const { signal } = new AbortController();
  const ignore = () => undefined;
  const transfer = {
    file: new File(["PAR1footer\u0006\u0000\u0000\u0000PAR1"], "a.parquet"),
    ...{ options: {}, session, signal, pause: signal, priority: 0, onTrouble: ignore, onStored: ignore },
    ...{ stored: 0, moving: 0, sent: 0, trouble: undefined },
  };
  await uploadFile(transfer, ignore);
  return transfer.session;
}

const again = ["DELETE /jobs/job_1", "POST /trigger-job", "POST /upload", "POST /upload", "PUT /storage/2"];

test("a URL that the storage takes for too old is replaced once, with its job", async () => {
  answer = (job) => (job === 1 ? 403 : 200);
  await expect(upload()).resolves.toMatchObject({ jobId: "job_2" });
  await vi.waitFor(() => expect(calls.toSorted()).toEqual([...again, "PUT /storage/1"].toSorted()));
});

test("a URL of an earlier visit that is known to be too old is not tried", async () => {
  jobs = 1;
  const tooOld = new Date(0).toISOString();
  const target = { strategy: "single", url: `${origin()}/storage/1`, headers: {}, expiresAt: tooOld };
  await expect(upload({ jobId: "job_1", target })).resolves.toMatchObject({ jobId: "job_2" });
  const once = ["DELETE /jobs/job_1", "POST /trigger-job", "POST /upload", "PUT /storage/2"];
  await vi.waitFor(() => expect(calls.toSorted()).toEqual(once));
});

test("a clock that is ahead does not make a fresh URL too old", async () => {
  expiresAt = new Date(0).toISOString();
  await expect(upload()).resolves.toMatchObject({ jobId: "job_1" });
});

test("a storage that refuses a fresh URL too is not asked for ever", async () => {
  answer = () => 403;
  await expect(upload()).rejects.toMatchObject({ name: "PutError", status: 403 });
  expect(calls.filter((call) => call.startsWith("PUT"))).toHaveLength(2);
});
