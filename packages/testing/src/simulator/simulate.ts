import type { HttpRequest } from "@smithy/types";
import {
  clientSettings,
  dynamoDB,
  glue as glueClient,
  lambda as lambdaClient,
  s3 as s3Client,
} from "@unparquet/core/aws";
import { Options } from "@unparquet/core/conversion/options";
import { jobTable } from "@unparquet/core/deployment";
import { lookAtBytes } from "@unparquet/core/job/first-look";
import { outputUrl } from "@unparquet/core/storage/output";
import { app } from "@unparquet/functions/app";
import { handler as reconcile } from "@unparquet/functions/reconcile";
import { handler as runEnded } from "@unparquet/functions/run-ended";
import { Resource } from "sst";
import { threeRows } from "../fixtures/objects.ts";
import { Converter } from "./converter.ts";
import { DynamoDB } from "./dynamodb.ts";
import { buckets, limits } from "./environment.ts";
import type { Fault } from "./faults.ts";
import { Glue, isOver } from "./glue.ts";
import { hasEnded, Lambda } from "./lambda.ts";
import { type Answer, Ledger } from "./ledger.ts";
import { type Caller, callerFrom, Network } from "./network.ts";
import { S3 } from "./s3.ts";
import type { Deed, Schedule, Step } from "./schedule.ts";
import { actAs, Simulation } from "./time.ts";

/** The current schedule's network: all schedules share the product's clients. */
let network: Network | undefined;
clientSettings.requestHandler = {
  handle: (request: HttpRequest) => {
    if (!network) throw new Error("A call to AWS outside of a schedule");
    return network.handle(request);
  },
  updateHttpClientConfig: () => undefined,
  httpHandlerConfigs: () => ({}),
} as NonNullable<typeof clientSettings.requestHandler>;
// No signing: it takes a quarter of a call's time, and nothing here checks signatures.
clientSettings.signer = { sign: async (request) => request };

const minute = 60_000;
const hour = 60 * minute;
const start = Date.UTC(2026, 0, 31, 12);
/** All steps begin within this time. */
const busy = 7 * minute;

/** Function timeouts in milliseconds, as in infra/api.ts and infra/events.ts. */
const timeouts: Record<Deed["kind"] | "event", number> = {
  upload: 29_000,
  put: 0,
  trigger: 20_000,
  retry: 20_000,
  cancel: 29_000,
  delete: 29_000,
  status: 10_000,
  download: 10_000,
  list: 29_000,
  reconcile: 50_000,
  event: 20_000,
};

/** Two files of equal size that pass the input check, and one that does not. */
const files = [Buffer.from(threeRows), Buffer.from(threeRows)];
files[1]?.write("other", "PAR1".length);
const badFile = Buffer.from("id,name\n1,one\n2,two\n3,three\n4,fo");

function fileOf({ good }: { good: boolean }): Buffer {
  return (good && files[0]) || badFile;
}

type Conditions = Pick<Step, "seed" | "faults" | "skew">;
const undisturbed = (seed: number): Conditions => ({ seed, faults: [], skew: 0 });

/** Runs a schedule on the product. @returns the violations, and all calls to AWS */
export async function simulate(schedule: Schedule): Promise<{ violations: string[]; log: string[] }> {
  const simulation = new Simulation(start);
  const ledger = new Ledger(simulation);
  const s3 = new S3(() => simulation.now);
  const dynamodb = new DynamoDB({
    primary: jobTable.primaryIndex,
    indexes: jobTable.globalIndexes,
    delay: (update) => {
      const delay = schedule.indexDelay * Math.random();
      // Index updates stay in order.
      indexedUntil = Math.max(indexedUntil, simulation.now + delay);
      simulation.after(indexedUntil - simulation.now, update);
    },
    watch: (before, after) => ledger.watch(before, after),
  });
  let indexedUntil = 0;
  const converter = new Converter(simulation, s3, deliver);
  const glue = new Glue(simulation, converter, schedule.runs, deliver);
  const lambda = new Lambda(simulation, converter, schedule.invocations, deliver);
  const aws = new Network(simulation, { dynamodb, s3, glue, lambda });
  await warmUp;
  network = aws;

  /** Jobs by their number in the steps. */
  const jobs = new Map<number, string>();
  const urls = new Map<string, string>();

  /** Runs a function. Returns no response if it is killed or times out. */
  function invoke<T>(
    name: string,
    conditions: Conditions,
    timeout: number,
    work: (caller: Caller) => Promise<T>,
  ): Promise<T | null> {
    return new Promise((resolve, reject) => {
      const caller = callerFrom(name, conditions, () => resolve(null));
      simulation.after(timeout, () => caller.kill());
      actAs(caller, () => work(caller)).then(
        (value) => caller.dead || resolve(value),
        (error) => caller.dead || reject(error),
      );
    });
  }

  async function request(caller: Caller, method: string, path: string, body?: object): Promise<Answer> {
    const isFile = Buffer.isBuffer(body);
    const response = await app.fetch(
      new Request(`http://api${path}`, {
        method,
        ...(body !== undefined && { body: isFile ? new Uint8Array(body) : JSON.stringify(body) }),
        headers:
          body === undefined
            ? {}
            : { "Content-Type": isFile ? "application/octet-stream" : "application/json" },
      }),
    );
    const text = await response.text();
    caller.calls += 0;
    return {
      status: response.status,
      body: text === "" ? null : JSON.parse(text),
      location: response.headers.get("Location"),
    };
  }

  function deliver(what: string, event: object, delays: number[], eventFaults: [number, Fault][]): void {
    delays.forEach((delay, index) => {
      const attempt = async (tries: number) => {
        const faults = tries === 0 ? eventFaults : [];
        const conditions = { ...undisturbed(index + 1), faults };
        const name = `${what}, ${index}.${tries}`;
        const handled = await invoke(name, conditions, timeouts.event, async () => {
          await runEnded(event);
          ledger.judgeMeasured(name);
          return true;
        }).catch(() => null);
        // Lambda retries failed functions: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
        if (!handled && tries < 2) simulation.after((tries + 1) * minute, () => void attempt(tries + 1));
      };
      simulation.after(delay, () => void attempt(0));
    });
  }

  async function runReconciler(name: string, conditions: Conditions): Promise<void> {
    await invoke(name, conditions, timeouts.reconcile, async () => {
      await reconcile({});
      ledger.judgeMeasured(name);
      return true;
    }).catch((error: unknown) => ledger.violation(`the reconciler failed: ${String(error)}`));
  }

  function ask(caller: Caller, deed: Deed, jobId: string): Promise<Answer> {
    switch (deed.kind) {
      case "trigger":
        return request(caller, "POST", "/trigger-job", {
          jobId,
          ...(deed.limit !== null && { options: { limit: deed.limit } }),
        });
      case "retry":
        return request(caller, "POST", `/jobs/${jobId}/retry`, {
          ...(deed.limit !== null && { options: { limit: deed.limit } }),
        });
      case "cancel":
        return request(caller, "POST", `/jobs/${jobId}/cancel`);
      case "delete":
        return request(caller, "DELETE", `/jobs/${jobId}`);
      case "status":
        return request(caller, "GET", `/job-status/${jobId}`);
      case "download":
        return request(caller, "GET", `/download/${jobId}`);
      case "list":
        return request(caller, "GET", "/jobs");
      default:
        throw new Error(`Nothing to ask for ${deed.kind}`);
    }
  }

  async function perform(step: Step, index: number): Promise<void> {
    const { does } = step;
    if (does.kind === "reconcile") return runReconciler(`reconcile#${index}`, step);
    if (does.kind === "put") {
      const key = urls.get(jobs.get(does.job) ?? "");
      if (key) putInput(key, files[does.content] ?? badFile);
      return;
    }
    for (let tries = 0; tries < 3; tries += 1) {
      const name = `${does.kind}#${index}${tries ? `.${tries}` : ""}`;
      const conditions = tries === 0 ? step : undisturbed(step.seed + tries);
      const jobId = "job" in does ? (jobs.get(does.job) ?? "") : "";
      if (does.kind !== "upload" && does.kind !== "list" && !jobId) return;
      const since = simulation.now;
      const answer = await invoke(name, conditions, timeouts[does.kind], (caller) =>
        does.kind === "upload" ? uploadFile(caller, does) : ask(caller, does, jobId),
      );
      if (answer) {
        ledger.judge({
          deed: does,
          name,
          jobId,
          since,
          answer,
          disturbed: conditions.faults.length > 0,
          objectOf: (key) => s3.get(buckets.output, key),
        });
      }
      if (answer && does.kind === "upload" && answer.status === 201) {
        const { job } = answer.body;
        jobs.set(does.job, job.jobId);
        const key = `uploads/${job.jobId}/${job.filename}`;
        if (!does.direct) {
          urls.set(job.jobId, key);
          await simulation.sleep(500);
          putInput(key, fileOf(does));
        }
      }
      const unanswered = answer === null || answer.status === 429 || answer.status >= 500;
      if (!step.persistent || !unanswered) return;
      await simulation.sleep(3000);
    }
  }

  function putInput(key: string, file: Buffer): void {
    s3.put(buckets.input, key, file.toString("latin1"));
  }

  function uploadFile(caller: Caller, deed: Extract<Deed, { kind: "upload" }>): Promise<Answer> {
    const file = fileOf(deed);
    return deed.direct
      ? request(caller, "POST", "/upload?filename=trips.parquet", file)
      : request(caller, "POST", "/upload", { filename: "trips.parquet", size: file.length });
  }

  Object.assign(Resource.Limits, limits, { conversionsPerDay: schedule.conversionsPerDay });
  Object.assign(Resource.ConverterFunction, { outputMaxBytes: schedule.lambdaMaxBytes });
  Object.assign(Resource.SparkJob, {
    name: schedule.sparkMinBytes > 0 ? "spark" : "",
    outputMinBytes: schedule.sparkMinBytes,
  });
  glue.concurrentRunsMax = schedule.glueRuns;
  simulation.begin(schedule.steps[0]?.seed ?? 0);
  const write = process.stdout.write;
  process.stdout.write = ((line: string | Uint8Array) => {
    ledger.observe(String(line));
    return true;
  }) as typeof process.stdout.write;
  try {
    schedule.steps.forEach((step, index) => {
      simulation.after(step.at, () => {
        perform(step, index).catch((error: unknown) =>
          ledger.violation(`${step.does.kind} threw ${String(error)}`),
        );
      });
    });
    for (const at of [2 * minute, 5 * minute]) {
      simulation.after(at, () => void runReconciler(`reconcile at ${at / minute} min`, undisturbed(at)));
    }
    await simulation.runUntil(start + busy);
    // No faults from here on.
    glue.concurrentRunsMax = Number.POSITIVE_INFINITY;
    const rounds = async (...pauses: number[]) => {
      for (const pause of pauses) {
        await simulation.runUntil(simulation.now + pause);
        simulation.after(
          0,
          () => void runReconciler(`round after ${pause / minute} min`, undisturbed(pause)),
        );
      }
      await simulation.runUntil(simulation.now + minute);
    };
    for (const minutes of [1, 1, 1, 2, 4, 8, 12, 12]) {
      if (ledger.isAtRest() && glue.runs.every(isOver) && lambda.runs.every(hasEnded)) break;
      await rounds(minutes * minute);
    }
    ledger.judgeRuns(glue.runs);
    // Long enough for pending jobs to expire, and for two sweeps of orphaned objects.
    await rounds(25 * hour, 7 * hour);
    ledger.judgeEnd({ items: dynamodb.items(), s3, converter, glue, lambda });
  } finally {
    process.stdout.write = write;
    simulation.end();
  }
  return { violations: ledger.violations, log: aws.log };
}

/** Makes the SDK load its lazy modules in real time. */
const warmUp = (async () => {
  const simulation = new Simulation(start);
  const nothing = () => undefined;
  const converter = new Converter(simulation, new S3(() => 0), nothing);
  network = new Network(simulation, {
    dynamodb: new DynamoDB({
      primary: jobTable.primaryIndex,
      indexes: {},
      delay: (update) => update(),
      watch: nothing,
    }),
    s3: new S3(() => 0),
    glue: new Glue(simulation, converter, [], nothing),
    lambda: new Lambda(simulation, converter, [], nothing),
  });
  const { GetCommand } = await import("@aws-sdk/lib-dynamodb");
  const { HeadObjectCommand } = await import("@aws-sdk/client-s3");
  const { GetJobRunsCommand } = await import("@aws-sdk/client-glue");
  const { InvokeCommand } = await import("@aws-sdk/client-lambda");
  await dynamoDB().send(new GetCommand({ TableName: "jobs", Key: { pk: "", sk: "" } }));
  await s3Client()
    .send(new HeadObjectCommand({ Bucket: buckets.input, Key: "none" }))
    .catch(() => undefined);
  await glueClient().send(new GetJobRunsCommand({ JobName: "converter" }));
  await lambdaClient().send(
    new InvokeCommand({ FunctionName: "small-files", InvocationType: "Event", Payload: "{}" }),
  );
  const look = await lookAtBytes(threeRows, Options.parse({}));
  if (!look.ok) throw new Error(look.error.message);
  await outputUrl({
    jobId: "none",
    filename: "none",
    attempt: 1,
    options: { format: "json", compression: "none" },
  });
  network = undefined;
})();
