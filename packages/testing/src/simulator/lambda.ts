import { lambdaLane } from "@unparquet/core/deployment";
import type { ConversionPlan, Converter, Deliver } from "./converter.ts";
import type { Simulation } from "./time.ts";

/** Behaviour of an event of the simulated Lambda. Durations in milliseconds. */
export interface InvocationPlan extends ConversionPlan {
  /** Delays of the event, one per delivery. Empty if it is lost. Only the first delivery dies. */
  deliveries: number[];
  diesAs: keyof typeof lastWords;
  /** Whether the run neither reports its progress nor finds a request to stop after it has begun. */
  silent: boolean;
  /** Delays of the record of a failure, one per delivery. Empty if it is lost. */
  records: number[];
}

/** A delivery of an event. */
export interface Invocation {
  runId: string;
  jobId: string;
  attempt: number;
  args: Record<string, string>;
  plan: InvocationPlan;
  beganAt?: number;
  endedAt?: number;
}

export const hasEnded = ({ endedAt }: Invocation): boolean => endedAt !== undefined;

/** https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html */
const lastWords = {
  killed: "RequestId: 1 Error: Runtime exited with error: signal: killed",
  "timed out": "2026-01-31T12:00:00.000Z 1 Task timed out after 900.00 seconds",
  raised: "writing manifest.json failed",
};

export const beat = 10_000;
const timeout = lambdaLane.timeoutSeconds * 1000;
const maxEventAge = lambdaLane.maxEventAgeSeconds * 1000;
/** How long before its timeout the function ends a conversion. */
const reserve = 20_000;

/** An in-memory Lambda with the function of the lane `lambda`: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html */
export class Lambda {
  readonly runs: Invocation[] = [];
  #events = 0;
  readonly #simulation: Simulation;
  readonly #converter: Converter;
  readonly #plans: InvocationPlan[];
  readonly #deliver: Deliver;

  constructor(simulation: Simulation, converter: Converter, plans: InvocationPlan[], deliver: Deliver) {
    this.#simulation = simulation;
    this.#converter = converter;
    this.#plans = plans;
    this.#deliver = deliver;
  }

  /** Accepts an event. */
  invoke(args: Record<string, string>): void {
    const plan = this.#plans[this.#events % this.#plans.length];
    this.#events += 1;
    plan?.deliveries.forEach((delay, index) => {
      const run: Invocation = {
        runId: `event_${this.#events}.${index}`,
        jobId: args["--job-id"] ?? "",
        attempt: Number(args["--attempt"]),
        args,
        plan: index === 0 ? plan : { ...plan, dies: "never" },
      };
      this.runs.push(run);
      if (delay < maxEventAge) this.#simulation.after(delay, () => void this.#work(run));
      else this.#simulation.after(maxEventAge, () => this.#giveUp(run, "EventAgeExceeded"));
    });
  }

  #giveUp(run: Invocation, condition: string, errorMessage?: string): void {
    const { runId, args, plan } = run;
    run.endedAt = this.#simulation.now;
    const record = {
      requestContext: { condition },
      requestPayload: args,
      ...(errorMessage !== undefined && { responsePayload: { errorMessage } }),
    };
    this.#deliver(`record of ${runId}`, record, plan.records, plan.eventFaults);
  }

  /** Runs the function as glue/python/unparquet/aws_lambda.py does. */
  async #work(run: Invocation): Promise<void> {
    const { runId, args, plan } = run;
    const beganAt = this.#simulation.now;
    run.beganAt = beganAt;
    let isFirst = true;
    const outcome = await this.#converter.convert({
      runId,
      args,
      plan,
      isOver: () => false,
      interval: beat,
      findStop: () => {
        if (this.#simulation.now > beganAt + timeout - reserve) {
          return { code: "timed_out", message: "The conversion took too long." };
        }
        const looks = isFirst || !plan.silent;
        isFirst = false;
        return looks && this.#converter.isStopRequested(args)
          ? { code: "stopped", message: "The run was stopped before it finished." }
          : undefined;
      },
      silent: plan.silent,
    });
    if (outcome !== "died") {
      run.endedAt = this.#simulation.now;
      return;
    }
    if (plan.diesAs === "timed out") await this.#simulation.sleep(beganAt + timeout - this.#simulation.now);
    this.#giveUp(run, "RetriesExhausted", lastWords[plan.diesAs]);
  }
}
