import type { ConversionPlan, Converter, Deliver } from "./converter.ts";
import { AwsError } from "./dynamodb.ts";
import type { Simulation } from "./time.ts";

/** Behaviour of a run of the simulated Glue. Durations in milliseconds. */
export interface RunPlan extends ConversionPlan {
  /** Time in WAITING. */
  waits: number;
  /** Whether it becomes EXPIRED instead of starting. */
  expires: boolean;
  starts: number;
  /** Final state of a run that was killed. */
  diesAs: "FAILED" | "ERROR" | "TIMEOUT";
  /** Duration of a stop. */
  stops: number;
  /** Whether a stopped run has time to clean up. */
  cleansUp: boolean;
  /** Number of stop requests that are rejected first, in the response's `Errors`. */
  stopRefusals: number;
  /** Time until GetJobRuns and GetJobRun return the run. */
  listedAfter: number;
  /** From this time on, the run is missing for `missingFor`. */
  missingFrom: number;
  missingFor: number;
  /** Delays of the state change event, one per delivery. Empty if the event is lost. */
  events: number[];
}

export interface SimulatedRun {
  /** Name of the Glue job. */
  jobName: string;
  runId: string;
  jobId: string;
  attempt: number;
  args: Record<string, string>;
  capacity?: number | undefined;
  workers?: number | undefined;
  plan: RunPlan;
  state: string;
  message: string;
  stopRefusals: number;
  /** Whether GetJobRun has returned it since its end. */
  foundEnded: boolean;
  /** Whether it has cleaned up after a stop, and does nothing more. */
  cleanedUp: boolean;
  startedAt: number;
  beganAt?: number;
  endedAt?: number;
}

export const endStates = ["SUCCEEDED", "FAILED", "ERROR", "TIMEOUT", "STOPPED", "EXPIRED"];
export const isOver = ({ state }: SimulatedRun): boolean => endStates.includes(state);

/** What Glue says of a run that was killed. */
const lastWords = {
  never: "",
  unclaimed: "Command Failed due to Out of Memory",
  claimed: "Command failed with exit code 137",
  working: "Command failed with exit code 137",
  converted: "Command failed with exit code 1",
  written: "Command failed with exit code 1",
  reported: "Command failed with exit code 1",
};

/** Seconds that a run has worked at a time. */
export function executionSeconds({ beganAt }: SimulatedRun, time = 0): number {
  return beganAt === undefined ? 0 : Math.ceil((time - beganAt) / 1000);
}

export class Glue {
  readonly runs: SimulatedRun[] = [];
  /** Maximum concurrent runs of a job. */
  concurrentRunsMax = Number.POSITIVE_INFINITY;
  readonly #simulation: Simulation;
  readonly #converter: Converter;
  readonly #plans: RunPlan[];
  readonly #deliver: Deliver;

  constructor(simulation: Simulation, converter: Converter, plans: RunPlan[], deliver: Deliver) {
    this.#simulation = simulation;
    this.#converter = converter;
    this.#plans = plans;
    this.#deliver = deliver;
  }

  /** Executes an operation. Throws `AwsError`. */
  handle(operation: string, input: never): object {
    switch (operation) {
      case "StartJobRun":
        return this.#start(input);
      case "GetJobRun": {
        const { JobName, RunId } = input as { JobName: string; RunId: string };
        const run = this.#visible(JobName).find(({ runId }) => runId === RunId);
        if (!run) throw new AwsError("EntityNotFoundException", `There is no run ${RunId}`);
        run.foundEnded = isOver(run);
        return { JobRun: this.#shape(run) };
      }
      case "GetJobRuns":
        return {
          JobRuns: this.#visible((input as { JobName: string }).JobName).map((run) => this.#shape(run)),
        };
      case "BatchStopJobRun":
        return this.#stop(input);
      default:
        throw new Error(`The simulated Glue has no ${operation}`);
    }
  }

  #visible(job: string): SimulatedRun[] {
    const { now } = this.#simulation;
    return this.runs
      .filter(({ jobName, startedAt, plan }) => {
        const age = now - startedAt;
        const missing = age >= plan.missingFrom && age < plan.missingFrom + plan.missingFor;
        return jobName === job && age >= plan.listedAfter && !missing;
      })
      .toReversed();
  }

  #shape(run: SimulatedRun): object {
    const { runId, state, message, startedAt, endedAt, args, capacity, workers } = run;
    return {
      Id: runId,
      JobRunState: state,
      ErrorMessage: message,
      StartedOn: startedAt / 1000,
      ...(endedAt && { CompletedOn: endedAt / 1000 }),
      ExecutionTime: executionSeconds(run, endedAt ?? this.#simulation.now),
      MaxCapacity: capacity,
      NumberOfWorkers: workers,
      Arguments: args,
    };
  }

  #start({
    JobName: jobName,
    Arguments: args,
    MaxCapacity,
    NumberOfWorkers,
  }: {
    JobName: string;
    Arguments: Record<string, string>;
    MaxCapacity?: number;
    NumberOfWorkers?: number;
  }): object {
    const live = this.runs.filter((run) => run.jobName === jobName && !isOver(run)).length;
    if (live >= this.concurrentRunsMax) throw new AwsError("ConcurrentRunsExceededException", "Full");
    const plan = this.#plans[this.runs.length % this.#plans.length];
    if (!plan) throw new Error("There is no plan for a run");
    const run: SimulatedRun = {
      jobName,
      runId: `jr_${this.runs.length + 1}`,
      jobId: args["--job-id"] ?? "",
      attempt: Number(args["--attempt"]),
      args,
      capacity: MaxCapacity,
      workers: NumberOfWorkers,
      plan,
      state: plan.waits > 0 ? "WAITING" : "STARTING",
      message: "",
      stopRefusals: plan.stopRefusals,
      foundEnded: false,
      cleanedUp: false,
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
        run.cleanedUp = run.plan.cleansUp && this.#converter.cleanUp(run.runId);
        this.#simulation.after(run.plan.stops, () => this.#end(run, "STOPPED"));
      }
    }
    return { SuccessfulSubmissions: [], Errors };
  }

  #end(run: SimulatedRun, state: string, message = ""): void {
    if (isOver(run)) return;
    Object.assign(run, { state, message, endedAt: this.#simulation.now });
    const { jobName, runId: jobRunId, plan } = run;
    const detail = { jobName, jobRunId, state, message };
    this.#deliver(`event of ${jobRunId}`, { detail }, plan.events, plan.eventFaults);
  }

  async #work(run: SimulatedRun): Promise<void> {
    const { runId, plan, args } = run;
    const simulation = this.#simulation;
    const proceed = async (milliseconds: number) => {
      await simulation.sleep(milliseconds);
      return !isOver(run);
    };

    if (plan.waits > 0 && !(await proceed(plan.waits))) return;
    if (plan.expires) return this.#end(run, "EXPIRED");
    if (run.state === "WAITING") run.state = "STARTING";
    if (!(await proceed(plan.starts))) return;
    if (run.state === "STARTING") run.state = "RUNNING";
    run.beganAt = simulation.now;
    const outcome = await this.#converter.convert({
      runId,
      args,
      plan,
      isOver: () => isOver(run) || run.cleanedUp,
      interval: Math.max(1, plan.works / 2),
      findStop: () => undefined,
      silent: false,
    });
    if (outcome === "ended") return;
    if (outcome === "succeeded") this.#end(run, "SUCCEEDED");
    else if (outcome === "died") this.#end(run, plan.diesAs, lastWords[plan.dies]);
    else this.#end(run, "FAILED", "Command failed with exit code 1");
  }
}
