import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs/promises";
import { get } from "node:http";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { isEnded } from "@unparquet/core/job/schema";
import type { App } from "@unparquet/functions/app";
import { descendants } from "@unparquet/testing/processes";
import { hc, parseResponse } from "hono/client";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { python, root } from "./lib/paths.ts";
import { commandOf } from "./lib/processes.ts";
import { serve } from "./lib/serve.ts";
import type { Endpoints } from "./platform.ts";
import { convert } from "./send.ts";

const exec = promisify(execFile);
vi.setConfig({ testTimeout: 120_000 });

let folder: string;
let child: ChildProcess;
let output = "";

/** Starts the process that `npm start` runs. */
function start(args: string[] = [], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const { PATH, HOME } = process.env;
  const script = path.join(import.meta.dirname, "start.ts");
  const started = spawn(process.execPath, [script, "--folder", path.join(folder, "data"), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH, HOME, ...env },
  });
  output = "";
  const keep = (chunk: Buffer): void => {
    output += chunk;
  };
  started.stdout.on("data", keep);
  started.stderr.on("data", keep);
  return started;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found) return found;
    if (child.exitCode !== null) throw new Error(`it exited with ${child.exitCode}:\n${output}`);
    await sleep(50);
  }
}

async function ready(...args: string[]): Promise<Endpoints> {
  child = start(args);
  await until(() => output.includes("unparquet is ready"));
  return JSON.parse(await fs.readFile(path.join(folder, "data/endpoints.json"), "utf8"));
}

/** Sends another Host header, which `fetch` does not allow. */
async function statusOf(url: string, host: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  get(url, { headers: { host } }, (answer) => {
    answer.resume();
    resolve(answer.statusCode ?? 0);
  }).on("error", reject);
  return promise;
}

/** Waits until all of the processes have ended. */
async function gone(processes: Map<number, string>): Promise<void> {
  for (const [pid, command] of processes) {
    while (command !== "" && (await commandOf(pid)) === command) await sleep(50);
  }
}

beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "unparquet-start-"));
  const write = `
import pyarrow as pa, pyarrow.parquet as pq
pq.write_table(pa.table({"n": [1, 2, 3]}), "small.parquet")
pq.write_table(pa.table({"n": pa.nulls(40_000_000, pa.int8())}), "slow.parquet")
# 12 GB of JSON: it is converted in Glue.
pq.write_table(pa.table({"n" * 300: pa.nulls(40_000_000, pa.int8())}), "large.parquet")
`;
  await exec(python, ["-c", write], { cwd: folder });
});

afterEach(async () => {
  child.kill("SIGTERM");
  await ended(child);
});

afterAll(() => fs.rm(folder, { recursive: true, force: true }));

test("npm start serves everything, converts the given file, and leaves no process behind", async () => {
  const endpoints = await ready(path.join(folder, "small.parquet"));
  const url = await until(() => /small\.parquet: 3 rows, .*\n\s+(\S+)/.exec(output)?.[1]);
  expect(await (await fetch(url)).text()).toBe('{"n":1}\n{"n":2}\n{"n":3}\n');
  expect(await (await fetch(endpoints.dashboard)).text()).toContain("<div id=");
  expect((await fetch(`${endpoints.api}/docs`)).status).toBe(200);
  expect((await fetch(`${endpoints.glue}/health`)).status).toBe(200);
  // CORS lets the dashboard's page read the API's responses.
  const jobs = await fetch(`${endpoints.api}/jobs`, { headers: { origin: endpoints.dashboard } });
  expect(jobs.headers.get("access-control-allow-origin")).toBe(endpoints.dashboard);

  const file = path.join(folder, "data/endpoints.json");
  expect((await fs.stat(file)).mode & 0o777).toBe(0o600);
  const local = expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(endpoints).toEqual({
    ...{ dashboard: local, api: local, aws: local, glue: local },
    region: "us-east-1",
    accessKeyId: expect.stringMatching(/^AKIA[A-Z2-7]{16}$/),
    secretAccessKey: expect.stringMatching(/^[\w-]{40}$/),
  });
  expect((await fs.stat(path.join(folder, "data/credentials.json"))).mode & 0o777).toBe(0o600);

  const first = child;
  const second = start();
  await ended(second);
  expect(second.exitCode).toBe(1);
  expect(output).toContain(`unparquet is already running (process ${first.pid})`);

  const processes = await descendants(first.pid ?? 0);
  expect(processes.size).toBeGreaterThanOrEqual(4);
  // One Ctrl-C arrives twice: from the terminal, and forwarded by npm.
  first.kill("SIGINT");
  first.kill("SIGINT");
  await ended(first);
  expect(first.exitCode).toBe(0);
  await gone(processes);
  expect(await fs.readdir(path.join(folder, "data"))).not.toContain("endpoints.json");
  const { dashboard, api, aws, glue } = endpoints;
  for (const endpoint of [dashboard, api, aws, glue]) {
    const successor = await serve(() => new Response(), Number(new URL(endpoint).port));
    await successor.stop();
  }
});

test("boto3 works with the printed credentials", async () => {
  const { glue } = await ready();
  const [, line = "", aws = ""] = /^ +((?:AWS_\w+=\S+ )+)aws .*--endpoint-url (\S+)/m.exec(output) ?? [];
  const printed = Object.fromEntries(
    [...line.matchAll(/(\S+)=(\S+)/g)].map(([, name, value]) => [name, value]),
  );
  const { PATH } = process.env;
  const script = path.join(root, "packages/testing/src/fixtures/boto3_client.py");
  const { stdout } = await exec(python, [script], {
    env: {
      PATH,
      ...printed,
      HOME: folder,
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_ENDPOINT_URL: aws,
      AWS_ENDPOINT_URL_GLUE: glue,
    },
  });
  expect(JSON.parse(stdout)).toEqual({
    buckets: ["unparquet-local-assets", "unparquet-local-input", "unparquet-local-output"],
    results: true,
    items: true,
    runs: [],
    caller: "arn:aws:iam::000000000000:user/unparquet",
    put: 200,
    get: 200,
    "other method": 403,
    body: "by URL",
  });
});

test("web pages of other hosts can neither use the API nor read the dashboard", async () => {
  const { api, dashboard } = await ready();
  const evil = { origin: "http://evil.example" };
  for (const origin of ["http://evil.example", "https://127.0.0.1.evil.example", "null"]) {
    for (const method of ["GET", "POST", "DELETE", "OPTIONS"]) {
      const answer = await fetch(`${api}/jobs/job_1`, { method, headers: { origin } });
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
      if (method !== "OPTIONS") expect(answer.status).toBe(403);
    }
  }
  const body = JSON.stringify({ filename: "a.parquet", size: 100 });
  expect((await fetch(`${api}/upload`, { method: "POST", headers: evil, body })).status).toBe(403);
  const local = "http://localhost:3000";
  const allowed = await fetch(`${api}/upload`, {
    method: "OPTIONS",
    headers: { origin: local, "access-control-request-method": "POST" },
  });
  expect([allowed.status, allowed.headers.get("access-control-allow-origin")]).toEqual([204, local]);
  // The handler of Glue's events.
  const commands = [...(await descendants(child.pid ?? 0)).values()].join("\n");
  const [, events = ""] = /--events (\S+)/.exec(commands) ?? [];
  expect((await fetch(events, { method: "POST", headers: evil, body: "{}" })).status).toBe(403);
  for (const url of [api, dashboard, events]) {
    const { port } = new URL(url);
    expect(await statusOf(url, `evil.example:${port}`)).toBe(403);
    expect(await statusOf(url, `localhost:${port}`)).not.toBe(403);
  }
});

type Api = ReturnType<typeof hc<App>>;

/** Uploads a slow file and starts its conversion. Returns the job id once the first rows are converted. */
async function startSlowJob(api: Api, filename: "slow.parquet" | "large.parquet"): Promise<string> {
  const body = await fs.readFile(path.join(folder, filename));
  const { job, upload } = await parseResponse(api.upload.$post({ json: { filename, size: body.length } }));
  if (upload?.strategy !== "single") throw new Error("a small file is uploaded at once");
  await fetch(upload.url, { method: "PUT", headers: upload.headers, body });
  const { jobId } = job;
  await parseResponse(api["trigger-job"].$post({ json: { jobId } }));
  await until(async () => (await jobOf(api, jobId)).progress?.rows);
  return jobId;
}

async function jobOf(api: Api, jobId: string) {
  const { job } = await parseResponse(api["job-status"][":jobId"].$get({ param: { jobId } }));
  return job;
}

async function endOf(api: Api, jobId: string) {
  return until(async () => {
    const job = await jobOf(api, jobId);
    return isEnded(job.status) ? job : undefined;
  });
}

test("jobs that are running when npm start stops end after the next start", async () => {
  let api = hc<App>((await ready()).api);
  const jobs = [await startSlowJob(api, "slow.parquet"), await startSlowJob(api, "large.parquet")];
  const processes = await descendants(child.pid ?? 0);
  child.kill("SIGTERM");
  await ended(child);
  await gone(processes);

  api = hc<App>((await ready()).api);
  for (const jobId of jobs) {
    const now = await endOf(api, jobId);
    // Unless it was faster than the stop.
    if (now.status !== "SUCCEEDED") expect([now.status, now.error?.code]).toEqual(["FAILED", "stopped"]);
  }
  // What was there before still is.
  const { jobs: listed } = await parseResponse(api.jobs.$get({ query: {} }));
  expect(listed.map(({ filename }) => filename)).toEqual(["large.parquet", "slow.parquet", "small.parquet"]);
});

test("no process outlives npm start when it is killed during a job", async () => {
  const api = hc<App>((await ready()).api);
  await startSlowJob(api, "slow.parquet");
  await startSlowJob(api, "large.parquet");
  const processes = await descendants(child.pid ?? 0);
  const commands = [...processes.values()].join("\n");
  expect(commands).toContain("_worker.py");
  expect(commands).toContain("--JOB_RUN_ID");
  child.kill("SIGKILL");
  await gone(processes);
});

/** Kills the process whose command line has that text. Resolves when it has a successor. */
async function killPart(text: string): Promise<void> {
  const find = async () => {
    const found = [...(await descendants(child.pid ?? 0))].find(([, command]) => command.includes(text));
    return found?.[0];
  };
  const pid = await until(find);
  process.kill(pid, "SIGKILL");
  await until(async () => ![undefined, pid].includes(await find()));
}

test.each([
  ["The embedded AWS (ministack)", "aws/serve.py"],
  ["The Glue endpoint", "glue/main.ts"],
  ["The API", "local/src/functions.ts"],
  ["The dashboard (Vite)", "vite/bin/vite.js"],
])("%s is restarted after it is killed, and the product works", async (name, text) => {
  const endpoints = await ready();
  const api = hc<App>(endpoints.api);
  const before = await parseResponse(api.jobs.$get({ query: {} }));
  await killPart(text);
  await until(() => output.includes(`${name} exited (SIGKILL): restarting it\n`));
  // Like a browser, retries while nothing listens.
  const answering = (url: string) =>
    until(() =>
      fetch(url).then(
        (answer) => answer.text(),
        () => undefined,
      ),
    );
  await answering(endpoints.aws);
  await answering(`${endpoints.glue}/health`);
  await answering(`${endpoints.api}/openapi.json`);
  expect(await answering(endpoints.dashboard)).toContain("<div id=");

  const after = await parseResponse(api.jobs.$get({ query: {} }));
  expect(after.jobs.map(({ jobId }) => jobId)).toEqual(before.jobs.map(({ jobId }) => jobId));
  const { url, rows } = await convert(endpoints.api, path.join(folder, "small.parquet"));
  expect([rows, await (await fetch(url)).text()]).toEqual([3, '{"n":1}\n{"n":2}\n{"n":3}\n']);
  const file = path.join(folder, "data/endpoints.json");
  expect(JSON.parse(await fs.readFile(file, "utf8"))).toEqual(endpoints);
});

test("a job whose Glue endpoint is killed fails, and can be retried", async () => {
  const api = hc<App>((await ready()).api);
  const jobId = await startSlowJob(api, "large.parquet");
  const converters = await descendants(child.pid ?? 0);
  await killPart("glue/main.ts");
  expect(await endOf(api, jobId)).toMatchObject({ status: "FAILED", error: { code: "internal" } });
  await gone(new Map([...converters].filter(([, command]) => command.includes("--JOB_RUN_ID"))));
  await parseResponse(api.jobs[":jobId"].retry.$post({ param: { jobId }, json: { options: { limit: 3 } } }));
  expect(await endOf(api, jobId)).toMatchObject({ status: "SUCCEEDED", attempt: 2 });
});

test("a job continues while the API is killed", async () => {
  const api = hc<App>((await ready()).api);
  const jobId = await startSlowJob(api, "slow.parquet");
  await killPart("local/src/functions.ts");
  await until(() => jobOf(api, jobId).catch(() => undefined));
  expect(await endOf(api, jobId)).toMatchObject({ status: "SUCCEEDED", attempt: 1 });
});

test("npm start exits with the reason when a service keeps failing at startup", async () => {
  await ready();
  const processes = await descendants(child.pid ?? 0);
  const file = path.join(folder, "data/aws/state/s3.json");
  const state = await fs.readFile(file);
  await fs.writeFile(file, "{}");
  const [aws] = [...processes].find(([, command]) => command.includes("aws/serve.py")) ?? [];
  process.kill(aws ?? Number.NaN, "SIGKILL");
  await ended(child);
  expect(child.exitCode).toBe(1);
  expect(output).toContain("The embedded AWS (ministack) keeps failing at startup (exit code 1):");
  expect(output).toContain(`${file} is damaged`);
  await gone(processes);
  await fs.writeFile(file, state);
});

test("npm start names a requested port that is already in use", async () => {
  const other = await serve(() => new Response(), 0);
  const { port } = new URL(other.url);
  child = start([], { DASHBOARD_PORT: port });
  await ended(child);
  await other.stop();
  expect(output).toContain(`Port ${port}, set by DASHBOARD_PORT, is already in use`);
});
