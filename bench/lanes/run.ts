/** npm run bench:lanes [-- --sizes 1kB --sizes 1MB …]: conversions through the API of `npm start`, in each lane. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, platform as system, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs, promisify } from "node:util";
import { createGunzip } from "node:zlib";
import { type LaneName, laneNames, MiB } from "@unparquet/core/deployment";
import { choosePorts } from "@unparquet/local/folder";
import { awsEnvironment } from "@unparquet/local/lib/credentials";
import { freePort } from "@unparquet/local/lib/free-port";
import { hostWheel, python, root } from "@unparquet/local/lib/paths";
import { startService, waitUntilReady } from "@unparquet/local/lib/processes";
import { stage, startPlatform } from "@unparquet/local/platform";
import { linkEnvironment } from "@unparquet/local/resources";
import { clientOf, upload } from "@unparquet/local/send";
import { parseResponse } from "hono/client";
import { median } from "../functions/measure.ts";
import { type Row, report } from "./report.ts";

const { values } = parseArgs({
  options: {
    /** Only these sizes; prints the result without writing it. */
    sizes: { type: "string", multiple: true },
    /** Conversions per figure, of files with up to 100 MB of JSON; one of larger files. */
    rounds: { type: "string", default: "3" },
  },
});
const sizes = values.sizes ?? ["1kB", "10kB", "100kB", "1MB", "10MB", "100MB", "1GB", "10GB"];
/** Body of `POST /convert`. */
const bodyMaxBytes = 4 * MiB;
/** Larger inputs are converted once. */
const repeatedMaxBytes = 32 * MiB;
/** Outputs of larger inputs are compressed: the embedded S3 keeps an upload in memory until it is complete, some of it twice. */
const uncompressedMaxBytes = 256 * MiB;

async function makeFile(size: string): Promise<string> {
  const { stdout } = await promisify(execFile)(python, [
    join(root, "bench/data.py"),
    join(root, "bench/.data"),
    `taxi-${size}`,
  ]);
  return stdout.trim().split("\t")[1] ?? "";
}

/** SHA-256 of the JSON before compression, and its size. */
async function sha256(url: string, compression: "none" | "gzip"): Promise<{ sha: string; bytes: number }> {
  const hash = createHash("sha256");
  let bytes = 0;
  const { body } = await fetch(url);
  if (!body) throw new Error(`${url} has no body`);
  const stream = Readable.fromWeb(body as ReadableStream);
  for await (const chunk of compression === "gzip" ? stream.pipe(createGunzip()) : stream) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { sha: hash.digest("hex"), bytes };
}

interface Conversion {
  lane: LaneName | null;
  seconds: number;
  bytes: number;
  sha: string;
}

/** Uploads and converts a file and deletes the job. The seconds are those from the trigger to the end. */
async function convertFile(origin: string, file: string, compression: "none" | "gzip"): Promise<Conversion> {
  const api = clientOf(origin);
  const jobId = await upload(api, file);
  const began = performance.now();
  await api["trigger-job"].$post({ json: { jobId, options: { compression } } });
  for (;;) {
    const { job } = await parseResponse(api["job-status"][":jobId"].$get({ param: { jobId } }));
    if (job.result) {
      const seconds = (performance.now() - began) / 1000;
      const json = await sha256(job.result.url, compression);
      await api.jobs[":jobId"].$delete({ param: { jobId } });
      return { lane: job.attempts.at(-1)?.lane ?? null, seconds, ...json };
    }
    if (job.error) throw new Error(`${file}: ${job.error.message}`);
    await sleep(Math.min(250, 10 + (performance.now() - began) / 20));
  }
}

/** Seconds of `POST /convert` until the response with the address of the JSON. */
async function convertDirectly(origin: string, file: string): Promise<number> {
  const body = await readFile(file);
  const began = performance.now();
  const response = await fetch(`${origin}/convert?filename=${basename(file)}`, {
    method: "POST",
    headers: { "content-type": "application/octet-stream" },
    body,
    redirect: "manual",
  });
  if (response.status !== 303) throw new Error(`POST /convert: ${response.status} ${await response.text()}`);
  return (performance.now() - began) / 1000;
}

const folder = await mkdtemp(join(tmpdir(), "unparquet-lanes-"));
const port = freePort;
const ports = { ...(await choosePorts(folder, {})), events: await port() };
const platform = await startPlatform(folder, ports, await hostWheel());
const { endpoints } = platform;
/** Starts another API of the stage, whose lane `lambda` takes up to so many bytes. */
async function startApi(lambdaMaxBytes: number) {
  const url = `http://127.0.0.1:${await port()}`;
  const { PATH, HOME, LANG } = process.env;
  const name = lambdaMaxBytes > 0 ? stage.lambda.function : "";
  const service = await startService({
    name: `The API with ${lambdaMaxBytes} bytes`,
    command: process.execPath,
    args: ["--import", "./lib/end-with-parent.ts", "functions.ts"],
    cwd: join(root, "packages/local/src"),
    env: {
      ...{ PATH, HOME, LANG },
      ...awsEnvironment(endpoints, endpoints),
      ...linkEnvironment(stage),
      SST_RESOURCE_ConverterFunction: JSON.stringify({ name, outputMaxBytes: lambdaMaxBytes }),
      API_PORT: new URL(url).port,
      EVENTS_PORT: String(await port()),
      RUN_EVENTS: stage.lambda.events,
      POWERTOOLS_METRICS_DISABLED: "true",
    },
    log: join(folder, `logs/api-${lambdaMaxBytes}.log`),
  });
  await waitUntilReady(service, `${url}/openapi.json`);
  return { url, stop: service.stop };
}

const rows: Row[] = [];
const machine = `${cpus()[0]?.model}, ${availableParallelism()} cores, ${system()}, Node ${process.versions.node}; ${values.rounds} rounds.`;
const apis: Awaited<ReturnType<typeof startApi>>[] = [];
try {
  const inLambda = await startApi(Number.MAX_SAFE_INTEGER);
  apis.push(inLambda);
  const inShell = await startApi(0);
  apis.push(inShell);
  for (const size of sizes) {
    const file = await makeFile(size);
    const { size: inputBytes } = await stat(file);
    const compression = inputBytes > uncompressedMaxBytes ? "gzip" : "none";
    const rounds = inputBytes > repeatedMaxBytes ? 1 : Number(values.rounds);
    const found: Conversion[] = [];
    const direct: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const chosen = await convertFile(endpoints.api, file, compression);
      const other = await convertFile((chosen.lane === "lambda" ? inShell : inLambda).url, file, compression);
      found.push(chosen, other);
      console.error(size, chosen, other);
      if (inputBytes <= bodyMaxBytes) direct.push(await convertDirectly(endpoints.api, file));
    }
    const hashes = new Set(found.map(({ sha }) => sha));
    if (hashes.size > 1) throw new Error(`${size}: the lanes' outputs differ`);
    const of = (lane: LaneName) => found.filter((one) => one.lane === lane).map(({ seconds }) => seconds);
    rows.push({
      inputBytes,
      outputBytes: found[0]?.bytes ?? 0,
      lane: found[0]?.lane ?? null,
      seconds: Object.fromEntries(laneNames.map((lane) => [lane, median(of(lane))])) as Row["seconds"],
      direct: median(direct),
      sha: found[0]?.sha ?? "",
    });
    if (!values.sizes) await writeFile(join(root, "bench/results/lanes.md"), report(machine, rows));
  }
} finally {
  for (const api of apis) await api.stop();
  await platform.stop();
  await rm(folder, { recursive: true, force: true });
}
console.log(report(machine, rows));
