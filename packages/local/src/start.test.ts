import { type ChildProcess, execFile, spawn } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { isEnded } from "@unparquet/core/job/schema";
import type { App } from "@unparquet/functions/app";
import { hc, parseResponse } from "hono/client";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { commandOf, ended } from "./child.ts";
import { python } from "./paths.ts";
import type { Endpoints } from "./platform.ts";
import { serve } from "./serve.ts";

const exec = promisify(execFile);

let folder: string;
let child: ChildProcess;
let output = "";

/** Starts it as `npm start` does. */
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

async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found) return found;
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}:\n${output}`);
    await sleep(50);
  }
}

async function ready(...args: string[]): Promise<Endpoints> {
  child = start(args);
  await until(() => output.includes("unparquet is ready"));
  return JSON.parse(await fs.readFile(path.join(folder, "data/endpoints.json"), "utf8"));
}

/** Every process below one, with its command line. */
async function descendants(root: number): Promise<Map<number, string>> {
  const { stdout } = await exec("ps", ["-axww", "-o", "pid=,ppid="]);
  const processes = stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const found = new Map<number, string>();
  const parents = [root];
  for (let parent = parents.pop(); parent !== undefined; parent = parents.pop()) {
    for (const [pid = 0, ppid] of processes) {
      if (ppid !== parent) continue;
      parents.push(pid);
      found.set(pid, await commandOf(pid));
    }
  }
  return found;
}

/** Waits until none of the processes is there any more. */
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
`;
  await exec(python, ["-c", write], { cwd: folder });
});

afterEach(async () => {
  child.kill("SIGTERM");
  await ended(child);
});

afterAll(() => fs.rm(folder, { recursive: true, force: true }));

test("serves everything, sends the file it is given, and leaves nothing behind", {
  timeout: 120_000,
}, async () => {
  const endpoints = await ready(path.join(folder, "small.parquet"));
  const url = await until(() => /small\.parquet: 3 rows, .*\n\s+(\S+)/.exec(output)?.[1]);
  expect(await (await fetch(url)).text()).toBe('{"n":1}\n{"n":2}\n{"n":3}\n');
  expect(await (await fetch(endpoints.dashboard)).text()).toContain("<div id=");
  expect((await fetch(`${endpoints.api}/docs`)).status).toBe(200);
  expect((await fetch(`${endpoints.glue}/health`)).status).toBe(200);
  // The public may read objects, and the API's answers may be read by the dashboard's page.
  const jobs = await fetch(`${endpoints.api}/jobs`, { headers: { origin: endpoints.dashboard } });
  expect(jobs.headers.get("access-control-allow-origin")).toBe("*");

  const first = child;
  const second = start();
  await ended(second);
  expect(second.exitCode).toBe(1);
  expect(output).toContain(`unparquet runs already (process ${first.pid})`);

  const processes = await descendants(first.pid ?? 0);
  expect(processes.size).toBeGreaterThanOrEqual(4);
  // A Ctrl-C reaches the platform twice: from the terminal, and passed on by npm.
  first.kill("SIGINT");
  first.kill("SIGINT");
  await ended(first);
  expect(first.exitCode).toBe(0);
  await gone(processes);
  expect(await fs.readdir(path.join(folder, "data"))).not.toContain("endpoints.json");
  for (const endpoint of Object.values(endpoints)) {
    const successor = await serve(() => new Response(), Number(new URL(endpoint).port));
    await successor.stop();
  }
});

test("a job it is stopped in the middle of ends after the next start", { timeout: 120_000 }, async () => {
  let api = hc<App>((await ready()).api);
  const size = (await fs.stat(path.join(folder, "slow.parquet"))).size;
  const { job, upload } = await parseResponse(
    api.upload.$post({ query: {}, json: { filename: "slow.parquet", size } }),
  );
  if (upload?.strategy !== "single") throw new Error("a small file is uploaded at once");
  const body = await fs.readFile(path.join(folder, "slow.parquet"));
  await fetch(upload.url, { method: "PUT", headers: upload.headers, body });
  const { jobId } = job;
  const status = async () => {
    const answer = await parseResponse(api["job-status"][":jobId"].$get({ param: { jobId } }));
    return answer.job;
  };
  await parseResponse(api["trigger-job"].$post({ json: { jobId } }));
  await until(async () => (await status()).progress?.rows);
  const processes = await descendants(child.pid ?? 0);
  child.kill("SIGTERM");
  await ended(child);
  await gone(processes);

  api = hc<App>((await ready()).api);
  const now = await until(async () => {
    const found = await status();
    return isEnded(found.status) ? found : undefined;
  });
  // Unless it was faster than the stop.
  if (now.status !== "SUCCEEDED") expect([now.status, now.error?.code]).toEqual(["FAILED", "internal"]);
  // What was there before still is.
  const { jobs } = await parseResponse(api.jobs.$get({ query: {} }));
  expect(jobs.map((one) => `${one.filename} ${one.status}`)).toEqual([
    `slow.parquet ${now.status}`,
    "small.parquet SUCCEEDED",
  ]);
});

test("nothing outlives it when it is killed", { timeout: 120_000 }, async () => {
  await ready();
  const processes = await descendants(child.pid ?? 0);
  child.kill("SIGKILL");
  await gone(processes);
});

test("when a part of it dies, it says which and ends the rest", { timeout: 120_000 }, async () => {
  await ready();
  const processes = await descendants(child.pid ?? 0);
  const [aws] = [...processes].find(([, command]) => command.includes("aws/serve.py")) ?? [];
  process.kill(aws ?? Number.NaN, "SIGKILL");
  await ended(child);
  expect(child.exitCode).toBe(1);
  expect(output).toContain("The embedded AWS (ministack) ended by itself");
  await gone(processes);
});

test("a port that was asked for and is taken is named", async () => {
  const other = await serve(() => new Response(), 0);
  const { port } = new URL(other.url);
  child = start([], { DASHBOARD_PORT: port });
  await ended(child);
  await other.stop();
  expect(output).toContain(`Port ${port}, asked for by DASHBOARD_PORT, is taken`);
});
