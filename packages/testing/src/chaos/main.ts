// npm run chaos [-- --jobs N]: converts files on the embedded AWS while network faults occur and processes are killed. The last
// line is `N jobs, F faults, K kills, V violations`.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs, promisify } from "node:util";
import { GetJobRunsCommand, GlueClient, type JobRun } from "@aws-sdk/client-glue";
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { awsEnvironment } from "@unparquet/local/lib/credentials";
import { freePort } from "@unparquet/local/lib/free-port";
import { hostWheel, python } from "@unparquet/local/lib/paths";
import { type Endpoints, stage } from "@unparquet/local/platform";
import PQueue from "p-queue";
import { Client, type Sample } from "./client.ts";
import { type AwsCall, type Fate, startFaultyNetwork } from "./faulty-network.ts";
import { Product, type Victim } from "./product.ts";

const exec = promisify(execFile);
const { values } = parseArgs({
  options: {
    jobs: { type: "string", default: "100" },
    /** Minimum milliseconds between two kills. */
    pause: { type: "string", default: "2500" },
  },
});
const count = Number(values.jobs);
if (!(count >= 1)) throw new Error("--jobs is a whole number, as in `npm run chaos -- --jobs 100`");

/** Concurrent jobs. */
const width = 10;
/** Percentage of AWS calls. */
const faultsPerHundred = 4;
const minute = 60_000;
const victims: Victim[] = ["api", "converter", "everything", "glue", "converter", "aws"];

const folder = await fs.mkdtemp(path.join(os.tmpdir(), "unparquet-chaos-"));

/** Files that convert within 0 to a few seconds, with their expected output. */
async function makeSamples(): Promise<Sample[]> {
  const script = `
import pyarrow as pa, pyarrow.parquet as pq
pq.write_table(pa.table({"id": range(3), "name": ["one", "zwei — ü", None]}), "small.parquet")
pq.write_table(pa.table({"id": range(200_000), "x": [i / 7 for i in range(200_000)]}), "numbers.parquet")
rows = pa.repeat(pa.scalar(0, pa.int32()), 60_000)
pq.write_table(pa.table({"text": pa.DictionaryArray.from_arrays(rows, ["x" * 1000])}), "long.parquet")
`;
  const site = path.join(folder, "site");
  await exec(python, ["-c", script], { cwd: folder });
  await exec(python, ["-m", "pip", "install", "--quiet", "--no-deps", "--target", site, await hostWheel()]);
  const optionsOf: Record<string, Record<string, string>> = {
    "small.parquet": {},
    "numbers.parquet": { format: "json", compression: "gzip" },
    "long.parquet": { compression: "zstd" },
  };
  return Promise.all(
    Object.entries(optionsOf).map(async ([filename, options]) => {
      const file = path.join(folder, filename);
      const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
      const { stdout } = await exec(
        python,
        ["-c", "from unparquet.cli import main; raise SystemExit(main())", "convert", file, "-", ...args],
        { encoding: "buffer", env: { PYTHONPATH: site }, maxBuffer: 2 ** 30 },
      );
      const expected = createHash("sha256").update(stdout).digest("hex");
      return { filename, bytes: new Uint8Array(await fs.readFile(file)), options, expected };
    }),
  );
}

let faults = 0;
let isQuiet = false;

/** Picks a random fault for some of the calls. */
function chooseFate({ operation }: AwsCall): Fate {
  if (isQuiet || Math.random() * 100 >= faultsPerHundred) return "pass";
  faults += 1;
  const throttled = operation.includes(" ") ? 503 : 400;
  const fates: Fate[] = ["lose", "reset", "truncate", 500, throttled];
  return fates[Math.floor(Math.random() * fates.length)] ?? "pass";
}

const host = "127.0.0.1";
const [awsPort, gluePort] = [await freePort(), await freePort()];
const [aws, glue] = await Promise.all(
  [awsPort, gluePort].map((port) => startFaultyNetwork(`http://${host}:${port}`)),
);
if (!aws || !glue) throw new Error("No network");
const product = new Product(path.join(folder, "data"), {
  AWS_PORT: String(awsPort),
  GLUE_PORT: String(gluePort),
  API_PORT: String(await freePort()),
  DASHBOARD_PORT: String(await freePort()),
  UNPARQUET_AWS_THROUGH: aws.url,
  UNPARQUET_GLUE_THROUGH: glue.url,
});

const violations: string[] = [];
let kills = 0;

async function killNowAndThen(signal: AbortSignal): Promise<void> {
  for (let nth = 0; !signal.aborted; nth += 1) {
    await sleep(Number(values.pause) * (1 + Math.random()), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const victim = victims[nth % victims.length] ?? "api";
    if (!(await product.kill(victim))) continue;
    kills += 1;
    console.log(`  killed ${victim}`);
  }
}

/** Job ids of all objects in both buckets. */
async function jobsWithObjects(): Promise<Map<string, string[]>> {
  const s3 = new S3Client({ forcePathStyle: true });
  const found = new Map<string, string[]>();
  for (const Bucket of [stage.inputBucket, stage.outputBucket]) {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    for (const { Key = "" } of Contents) {
      const jobId = Key.split("/")[1] ?? "";
      found.set(jobId, [...(found.get(jobId) ?? []), Key]);
    }
  }
  return found;
}

async function allRuns(): Promise<JobRun[]> {
  const client = new GlueClient({});
  const runs: JobRun[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(new GetJobRunsCommand({ JobName: stage.glueJob, NextToken }));
    runs.push(...(page.JobRuns ?? []));
    NextToken = page.NextToken;
  } while (NextToken);
  return runs;
}

/** Checks the invariants after the faults have stopped. */
async function judge(client: Client, kept: Set<string>): Promise<void> {
  for (const jobId of kept) {
    const job = await client.status(jobId);
    if (job?.status !== "SUCCEEDED") violations.push(`${jobId} is ${job?.status ?? "lost"}`);
  }
  for (const [jobId, keys] of await jobsWithObjects()) {
    if (!(await client.status(jobId))) violations.push(`${keys} are left, and no job`);
  }
  const succeeded = new Map<string, number>();
  for (const { Id, JobRunState = "", Arguments = {} } of await allRuns()) {
    const attempt = `${Arguments["--job-id"]}/${Arguments["--attempt"]}`;
    if (JobRunState === "SUCCEEDED") succeeded.set(attempt, (succeeded.get(attempt) ?? 0) + 1);
    if (["WAITING", "STARTING", "RUNNING", "STOPPING"].includes(JobRunState)) {
      violations.push(`run ${Id} of ${attempt} is ${JobRunState}, and no job waits for it`);
    }
  }
  for (const [attempt, runs] of succeeded)
    if (runs > 1) violations.push(`${runs} runs of ${attempt} succeeded`);
}

async function run(): Promise<void> {
  console.log(`${count} jobs in ${folder}`);
  const samples = await makeSamples();
  const endpoints: Endpoints = await product.start();
  Object.assign(process.env, awsEnvironment(endpoints, endpoints));
  for (const network of [aws, glue]) if (network) network.rule = chooseFate;
  const deadline = Date.now() + (5 + count / 5) * minute;
  const client = new Client(
    () => endpoints.api,
    () => Date.now() > deadline || product.failure() !== undefined,
  );
  const killing = new AbortController();
  const killer = killNowAndThen(killing.signal);
  const kept = new Set<string>();
  const queue = new PQueue({ concurrency: width });
  let done = 0;
  for (let nth = 0; nth < count; nth += 1) {
    const sample = samples[nth % samples.length];
    if (!sample) continue;
    const whims = { direct: nth % 4 === 1, cancels: nth % 5 === 2, deletes: nth % 7 === 3 };
    void queue.add(async () => {
      try {
        const { jobId, wrong } = await client.convert(sample, whims);
        if (jobId) kept.add(jobId);
        if (wrong) violations.push(`${jobId}: ${wrong}`);
      } catch (error) {
        violations.push(String(error));
      }
      done += 1;
      if (done % 10 === 0) console.log(`  ${done} jobs done`);
    });
  }
  await queue.onIdle();
  killing.abort();
  await killer;
  isQuiet = true;
  const failure = product.failure();
  if (failure !== undefined) {
    violations.push(`The product ended by itself:\n${failure}`);
    return;
  }
  // Time to stop a run, redeliver an event and reconcile once.
  await sleep(20_000);
  await judge(client, kept);
}

try {
  await run();
} finally {
  await product.stop();
  await Promise.all([aws.stop(), glue.stop()]);
  if (violations.length === 0) await fs.rm(folder, { recursive: true, force: true });
}
for (const violation of violations) console.log(`✗ ${violation}`);
console.log(`${count} jobs, ${faults} faults, ${kills} kills, ${violations.length} violations`);
process.exit(violations.length > 0 ? 1 : 0);
