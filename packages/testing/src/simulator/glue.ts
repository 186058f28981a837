import { AwsError } from "./dynamodb.ts";
import type { Fault } from "./faults.ts";
import type { S3 } from "./s3.ts";
import type { Simulation } from "./time.ts";

/** Behaviour of a run of the simulated Glue. Durations in milliseconds. */
export interface RunPlan {
  /** Time in WAITING. */
  waits: number;
  /** Whether it becomes EXPIRED instead of starting. */
  expires: boolean;
  starts: number;
  works: number;
  /** How the run ends: by itself, or by a fault at this point. */
  dies: "never" | "unclaimed" | "claimed" | "written" | "reported";
  /** Final state of a run that was killed. */
  diesAs: "FAILED" | "ERROR" | "TIMEOUT";
  /** Whether the conversion fails because the file is invalid. */
  refuses: boolean;
  /** Duration of a stop. */
  stops: number;
  /** Number of stop requests that are rejected first, in the response's `Errors`. */
  stopRefusals: number;
  /** Time until GetJobRuns and GetJobRun return the run. */
  listedAfter: number;
  /** From this time on, the run is missing for `missingFor`. */
  missingFrom: number;
  missingFor: number;
  /** Delays of the state change event, one per delivery. Empty if the event is lost. */
  events: number[];
  /** Faults in the calls of the function that handles the event. */
  eventFaults: [number, Fault][];
}

export interface SimulatedRun {
  runId: string;
  jobId: string;
  attempt: number;
  args: Record<string, string>;
  capacity: number;
  plan: RunPlan;
  state: string;
  message: string;
  stopRefusals: number;
  startedAt: number;
  beganAt?: number;
  endedAt?: number;
}

export const endStates = ["SUCCEEDED", "FAILED", "ERROR", "TIMEOUT", "STOPPED", "EXPIRED"];
export const isOver = ({ state }: SimulatedRun): boolean => endStates.includes(state);

/** `s3://bucket/key` */
const place = (uri = ""): [bucket: string, key: string] => {
  const [, bucket = "", key = ""] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
  return [bucket, key];
};

/** Output of a conversion, unique for the input's version, the options and the attempt. */
export const outputOf = (input: string, args: Record<string, string>): string =>
  JSON.stringify([input, args["--attempt"], args["--format"], args["--limit"] ?? null]);

export class Glue {
  readonly runs: SimulatedRun[] = [];
  /** Ids of the runs that wrote each output, by key. */
  readonly writers = new Map<string, Set<string>>();
  /** Maximum concurrent runs. */
  concurrentRunsMax = Number.POSITIVE_INFINITY;
  readonly #simulation: Simulation;
  readonly #s3: S3;
  readonly #plans: RunPlan[];
  readonly #deliver: (run: SimulatedRun) => void;

  constructor(simulation: Simulation, s3: S3, plans: RunPlan[], deliver: (run: SimulatedRun) => void) {
    this.#simulation = simulation;
    this.#s3 = s3;
    this.#plans = plans;
    this.#deliver = deliver;
  }

  /** Executes an operation. Throws `AwsError`. */
  handle(operation: string, input: never): object {
    switch (operation) {
      case "StartJobRun":
        return this.#start(input);
      case "GetJobRun": {
        const { RunId } = input as { RunId: string };
        const run = this.#visible().find(({ runId }) => runId === RunId);
        if (!run) throw new AwsError("EntityNotFoundException", `There is no run ${RunId}`);
        return { JobRun: this.#shape(run) };
      }
      case "GetJobRuns":
        return { JobRuns: this.#visible().map((run) => this.#shape(run)) };
      case "BatchStopJobRun":
        return this.#stop(input);
      default:
        throw new Error(`The simulated Glue has no ${operation}`);
    }
  }

  #visible(): SimulatedRun[] {
    const { now } = this.#simulation;
    return this.runs
      .filter(({ startedAt, plan }) => {
        const age = now - startedAt;
        const missing = age >= plan.missingFrom && age < plan.missingFrom + plan.missingFor;
        return age >= plan.listedAfter && !missing;
      })
      .toReversed();
  }

  #shape(run: SimulatedRun): object {
    const { runId, state, message, startedAt, beganAt, endedAt, args, capacity } = run;
    const worked =
      beganAt === undefined ? 0 : Math.ceil(((endedAt ?? this.#simulation.now) - beganAt) / 1000);
    return {
      Id: runId,
      JobRunState: state,
      ErrorMessage: message,
      StartedOn: startedAt / 1000,
      ...(endedAt && { CompletedOn: endedAt / 1000 }),
      ExecutionTime: worked,
      MaxCapacity: capacity,
      Arguments: args,
    };
  }

  #start({
    Arguments: args,
    MaxCapacity,
  }: {
    Arguments: Record<string, string>;
    MaxCapacity: number;
  }): object {
    const live = this.runs.filter((run) => !isOver(run)).length;
    if (live >= this.concurrentRunsMax) throw new AwsError("ConcurrentRunsExceededException", "Full");
    const plan = this.#plans[this.runs.length % this.#plans.length];
    if (!plan) throw new Error("There is no plan for a run");
    const run: SimulatedRun = {
      runId: `jr_${this.runs.length + 1}`,
      jobId: args["--job-id"] ?? "",
      attempt: Number(args["--attempt"]),
      args,
      capacity: MaxCapacity,
      plan,
      state: plan.waits > 0 ? "WAITING" : "STARTING",
      message: "",
      stopRefusals: plan.stopRefusals,
      startedAt: this.#simulation.now,
    };
    this.runs.push(run);
    void this.#work(run);
    return { JobRunId: run.runId };
  }

  #stop({ JobRunIds }: { JobRunIds: string[] }): object {
    const Errors: object[] = [];
    for (const JobRunId of JobRunIds) {
      const run = this.runs.find(({ runId }) => runId === JobRunId);
      if (!run || isOver(run)) {
        const ErrorCode = run ? "JobRunInvalidStateTransitionException" : "EntityNotFoundException";
        Errors.push({ JobRunId, ErrorDetail: { ErrorCode, ErrorMessage: "" } });
      } else if (run.stopRefusals > 0) {
        run.stopRefusals -= 1;
        Errors.push({ JobRunId, ErrorDetail: { ErrorCode: "InternalServiceException", ErrorMessage: "" } });
      } else if (run.state !== "STOPPING") {
        run.state = "STOPPING";
        this.#simulation.after(run.plan.stops, () => this.#end(run, "STOPPED"));
      }
    }
    return { SuccessfulSubmissions: [], Errors };
  }

  #end(run: SimulatedRun, state: string, message = ""): void {
    if (isOver(run)) return;
    Object.assign(run, { state, message, endedAt: this.#simulation.now });
    this.#deliver(run);
  }

  /** Runs a conversion in the same steps as glue/job.py: claim, read, write, report. */
  async #work(run: SimulatedRun): Promise<void> {
    const { plan, args } = run;
    const simulation = this.#simulation;
    const proceed = async (milliseconds: number) => {
      await simulation.sleep(milliseconds);
      return !isOver(run);
    };
    const die = (message: string) => this.#end(run, plan.diesAs, message);

    if (plan.waits > 0 && !(await proceed(plan.waits))) return;
    if (plan.expires) return this.#end(run, "EXPIRED");
    if (run.state === "WAITING") run.state = "STARTING";
    if (!(await proceed(plan.starts))) return;
    if (run.state === "STARTING") run.state = "RUNNING";
    run.beganAt = simulation.now;
    if (plan.dies === "unclaimed") return die("Command Failed due to Out of Memory");

    const [bucket, reports] = place(args["--reports"]);
    const claim = { ifAbsent: true };
    if (!this.#s3.put(bucket, `${reports}/run.json`, run.runId, claim)) {
      return this.#end(run, "FAILED", "Command failed with exit code 1");
    }
    if (plan.dies === "claimed") return die("Command failed with exit code 137");
    const report = (manifest: object) =>
      this.#s3.put(bucket, `${reports}/manifest.json`, JSON.stringify(manifest));
    const fail = (code: string, message: string) => {
      report({ status: "FAILED", error: { code, message } });
      this.#end(run, "FAILED", "Command failed with exit code 1");
    };
    const input = this.#s3.get(...place(args["--input"]));
    const isChecked = args["--input-etag"] === undefined || input?.etag === args["--input-etag"];
    if (!input || !isChecked) return fail("input_missing", "The file was replaced after it was checked.");
    if (plan.refuses) return fail("corrupt_file", "page 3");

    if (!(await proceed(plan.works / 2))) return;
    const progress = { rows: 1, totalRows: 2, outputBytes: 10 };
    this.#s3.put(bucket, `${reports}/progress.json`, JSON.stringify(progress));
    if (!(await proceed(plan.works / 2))) return;
    const [outputs, key] = place(args["--output"]);
    const output = outputOf(input.body, args);
    this.#s3.put(outputs, key, output);
    this.writers.set(key, (this.writers.get(key) ?? new Set()).add(run.runId));
    if (plan.dies === "written") return die("Command failed with exit code 1");
    if (!(await proceed(10))) return;
    report({
      status: "SUCCEEDED",
      rows: 1,
      bytes: output.length,
      filename: key.split("/").at(-1),
      contentType: "application/x-ndjson",
      durationMs: plan.works,
      columns: [],
      columnsOmitted: 0,
    });
    if (plan.dies === "reported") return die("Command failed with exit code 1");
    if (await proceed(10)) this.#end(run, "SUCCEEDED");
  }
}
