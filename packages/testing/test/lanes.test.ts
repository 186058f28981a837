import { createHash } from "node:crypto";
import { GetJobCommand, GlueClient, UpdateJobCommand } from "@aws-sdk/client-glue";
import { InvokeCommand, LambdaClient, UpdateFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { Options } from "@unparquet/core/conversion/options";
import { type LaneName, lambdaLane } from "@unparquet/core/deployment";
import { reconcile } from "@unparquet/core/job/reconcile";
import { findRecord, type JobRecord } from "@unparquet/core/job/record";
import { cancelJob, retryJob, triggerJob } from "@unparquet/core/job/run";
import { isEnded } from "@unparquet/core/job/schema";
import { searches } from "@unparquet/core/job/sweep";
import { fail, postpone, queue, timeIn } from "@unparquet/core/job/transitions";
import { uploadDirectly } from "@unparquet/core/job/upload";
import { argumentsFor } from "@unparquet/core/lanes/arguments";
import { hasEnded } from "@unparquet/core/lanes/lane";
import { lanes } from "@unparquet/core/lanes/lanes";
import { glueJobName } from "@unparquet/core/lanes/shell";
import { outputUrl, readClaim, readProgress } from "@unparquet/core/storage/output";
import { runEnded } from "@unparquet/local/lambda";
import { Resource } from "sst";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { delivery } from "../src/aws/delivery.ts";
import { runEvents, useLambdaLane } from "../src/aws/lambda-lane.ts";
import { type FaultyNetwork, startFaultyNetwork } from "../src/chaos/faulty-network.ts";
import { keysOf, putInput, slowRows, threeRows } from "../src/fixtures/objects.ts";
import { applied, checked, jobs } from "../src/fixtures/records.ts";
import { descendants } from "../src/processes.ts";

// What every lane must do, with its real converter.

useLambdaLane();

const { AWS_ENDPOINT_URL_GLUE = "", AWS_ENDPOINT_URL = "" } = process.env;
const networks: FaultyNetwork[] = [];
let slow: Uint8Array;
beforeAll(async () => {
  slow = await slowRows();
  for (const [name, url] of Object.entries({
    AWS_ENDPOINT_URL_GLUE,
    AWS_ENDPOINT_URL_LAMBDA: AWS_ENDPOINT_URL,
  })) {
    const network = await startFaultyNetwork(url);
    process.env[name] = network.url;
    networks.push(network);
  }
});
afterEach(() => {
  delivery.to = runEnded;
  runEvents.to = runEnded;
  for (const network of networks) network.rule = () => "pass";
});
afterAll(async () => {
  delete process.env.AWS_ENDPOINT_URL_LAMBDA;
  process.env.AWS_ENDPOINT_URL_GLUE = AWS_ENDPOINT_URL_GLUE;
  await Promise.all(networks.map((network) => network.stop()));
});

function loseStarts(): void {
  const starts = /^StartJobRun$|\/invocations$/;
  for (const network of networks)
    network.rule = ({ operation }) => (starts.test(operation) ? "lose" : "pass");
}

const dropEvents = async () => undefined;

const lanesHere = ["lambda", "shell"] as const satisfies LaneName[];

function use(lane: (typeof lanesHere)[number]): void {
  Resource.ConverterFunction.outputMaxBytes = lane === "lambda" ? lambdaLane.outputMaxBytes : 0;
}

async function trigger(file: Uint8Array, options: object = {}): Promise<JobRecord> {
  const {
    job: { jobId },
  } = await uploadDirectly({ filename: "trips.parquet" }, file);
  return (await triggerJob(jobId, Options.parse(options))).job;
}

/** Waits for an answer. */
function until<T>(look: () => Promise<T | undefined | null | false>): Promise<T> {
  return vi.waitUntil(look, { timeout: 50_000, interval: 50 });
}

async function ended({ jobId }: JobRecord): Promise<JobRecord> {
  return until(async () => {
    const job = await findRecord(jobId);
    return job && isEnded(job.status) && job;
  });
}

/** Starts a conversion that takes long, and waits for its first rows. */
async function converting(): Promise<JobRecord> {
  const job = await trigger(slow);
  await until(async () => (await readProgress(job))?.rows);
  return job;
}

async function outputsOf({ jobId }: JobRecord): Promise<string[]> {
  return (await keysOf(jobId)).filter((key) => key.startsWith("jobs/"));
}

async function reconciled(job: JobRecord): Promise<JobRecord | null> {
  const now = await findRecord(job.jobId);
  if (now) await applied(postpone(now, timeIn(0)));
  await searches().delete({}).go();
  expect((await reconcile()).errors).toEqual([]);
  return findRecord(job.jobId);
}

/** What the lanes have in common only by name. */
const services = {
  lambda: {
    /** Has runs end after a second; without `short`, no longer. */
    async limit(short: boolean) {
      const { timeoutSeconds } = lambdaLane;
      // A run ends 20 seconds before its function.
      const Timeout = short ? 21 : timeoutSeconds;
      const FunctionName = Resource.ConverterFunction.name;
      await new LambdaClient({}).send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout }));
    },
    /** Part of the command line of a run's process. */
    process: () => Resource.ConverterFunction.name,
    /** Delivers the event of a run again, and waits until it is processed. */
    async repeat(job: JobRecord) {
      const { FunctionError } = await new LambdaClient({}).send(
        new InvokeCommand({
          FunctionName: Resource.ConverterFunction.name,
          Payload: JSON.stringify(argumentsFor(job)),
        }),
      );
      expect(FunctionError).toBeUndefined();
    },
  },
  shell: {
    async limit(short: boolean) {
      const glue = new GlueClient({});
      const { Job: { Name: JobName, CreatedOn: _, LastModifiedOn: __, ...definition } = {} } =
        await glue.send(new GetJobCommand({ JobName: glueJobName() }));
      // stage.ts makes a minute a second.
      await glue.send(
        new UpdateJobCommand({ JobName, JobUpdate: { ...definition, Timeout: short ? 2 : 120 } }),
      );
    },
    process: ({ jobId }: JobRecord) => jobId,
    async repeat(job: JobRecord) {
      const start = await lanes.shell.start(job);
      if (start.kind !== "started") throw new Error(start.kind);
      await until(async () => {
        const run = await lanes.shell.find({ ...job, runId: start.runId });
        return run && hasEnded(run);
      });
    },
  },
} satisfies Record<(typeof lanesHere)[number], unknown>;

test.each([{}, { format: "json", compression: "gzip" }, { compression: "zstd", columns: ["name", "id"] }])(
  "a conversion with the options %j writes the same bytes in every lane",
  async (options) => {
    const digests = new Set<string>();
    for (const lane of lanesHere) {
      use(lane);
      const job = await ended(await trigger(threeRows, options));
      expect(job).toMatchObject({ status: "SUCCEEDED", lane, result: { rows: 3 } });
      const output = await fetch(await outputUrl(job));
      expect(output.status).toBe(200);
      digests.add(
        createHash("sha256")
          .update(await output.bytes())
          .digest("hex"),
      );
    }
    expect(digests.size).toBe(1);
  },
);

describe.each(lanesHere)("in the lane %s", (lane) => {
  const service = services[lane];
  beforeEach(() => use(lane));

  test("a job cancelled while it runs ends CANCELLED and leaves no output", async () => {
    const job = await converting();
    expect((await cancelJob(job.jobId)).job.status).toBe("CANCELLING");
    expect(await ended(job)).toMatchObject({ status: "CANCELLED", lane });
    expect(await outputsOf(job)).toEqual([]);
  });

  test("the run of a job that was cancelled before its start was known ends without output", async () => {
    loseStarts();
    const job = await trigger(slow);
    expect(job.status).toBe("QUEUED");
    expect((await cancelJob(job.jobId)).job.status).toBe("CANCELLED");
    await reconciled(job);
    const since = new Date(Date.now() - 60_000);
    await until(async () => (await lanes[lane].findAll([job], since)).find(hasEnded));
    expect(await findRecord(job.jobId)).toMatchObject({ status: "CANCELLED" });
    expect(await outputsOf(job)).toEqual([]);
  });

  test("a run that takes too long ends its job with timed_out, and leaves no output", async () => {
    await service.limit(true);
    const job = await ended(await trigger(slow));
    await service.limit(false);
    expect(job).toMatchObject({ status: "FAILED", lane, error: { code: "timed_out" } });
    expect(await outputsOf(job)).toEqual([]);
  });

  test("a run whose process is killed, as for its memory, ends its job with out_of_memory", async () => {
    const job = await converting();
    for (const [pid, command] of await descendants(process.ppid)) {
      if (command.includes(service.process(job))) process.kill(pid, "SIGKILL");
    }
    expect(await ended(job)).toMatchObject({ status: "FAILED", error: { code: "out_of_memory" } });
    expect(await outputsOf(job)).toEqual([]);
  });

  test("a run delivered twice writes one output and ends its job once", async () => {
    const job = await trigger(threeRows);
    await until(() => readClaim(job));
    await service.repeat(job);
    const succeeded = await ended(job);
    expect(succeeded).toMatchObject({ status: "SUCCEEDED", result: { rows: 3 } });
    expect(await outputsOf(job)).toHaveLength(1);
    expect(await reconciled(job)).toMatchObject({ result: succeeded.result });
  });

  test("the reconciler ends a job whose event was lost", async () => {
    delivery.to = dropEvents;
    runEvents.to = dropEvents;
    const job = await trigger(threeRows);
    await until(async () => {
      const run = await lanes[lane].find(job);
      return run && hasEnded(run);
    });
    expect(await findRecord(job.jobId)).toMatchObject({ status: "RUNNING" });
    expect(await reconciled(job)).toMatchObject({ status: "SUCCEEDED", result: { rows: 3 } });
  });

  test("a job whose start lost its response succeeds with one output", async () => {
    loseStarts();
    const job = await trigger(threeRows);
    expect(job.status).toBe("QUEUED");
    expect(await ended(job)).toMatchObject({ status: "SUCCEEDED", attempt: 1, result: { rows: 3 } });
    expect(await outputsOf(job)).toHaveLength(1);
  });
});

test.each(["timed_out", "out_of_memory"] as const)(
  "after %s in the lane lambda, a retry runs in the lane shell with a whole DPU",
  async (code) => {
    use("lambda");
    const pending = await jobs.pending();
    await putInput(pending, threeRows);
    const queued = await applied(queue(pending, { ...checked(), lane: "lambda" }));
    const { jobId } = await applied(fail(queued, { code, message: "It did." }));
    const { job } = await retryJob(jobId);
    const reason = { timed_out: "took too long", out_of_memory: "ran out of memory" }[code];
    expect(job).toMatchObject({
      ...{ attempt: 2, lane: "shell", capacity: 1 },
      laneReason: `The last attempt ${reason} on Lambda.`,
    });
    expect(await ended(job)).toMatchObject({ status: "SUCCEEDED", lane: "shell" });
  },
);
