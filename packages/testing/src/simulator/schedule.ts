import fc from "fast-check";
import { type Fault, faults } from "./faults.ts";
import type { RunPlan } from "./glue.ts";
import type { InvocationPlan } from "./lambda.ts";

/** An action of a user or a timer. Each runs in its own function invocation with its own faults. */
export interface Step {
  /** Milliseconds since the start. */
  at: number;
  does: Deed;
  /** Random seed for the duration of its calls. */
  seed: number;
  /** Faults by the number of the function's AWS call. */
  faults: [number, Fault][];
  /** Milliseconds by which the function's clock is ahead. */
  skew: number;
  /** Whether the client retries without a response or after a retryable error. */
  persistent: boolean;
}

export type Deed =
  | { kind: "upload"; job: number; good: boolean; direct: boolean }
  /** A repeated or late PUT to the presigned URL. */
  | { kind: "put"; job: number; content: number }
  | { kind: "trigger" | "retry"; job: number; limit: number | null }
  | { kind: "cancel" | "delete" | "status" | "download"; job: number }
  | { kind: "list" }
  | { kind: "reconcile" };

export interface Schedule {
  steps: Step[];
  /** Used in the order in which runs start, then from the beginning again. */
  runs: RunPlan[];
  /** Used in the order in which Lambda accepts events, then from the beginning again. */
  invocations: InvocationPlan[];
  /** Predicted size of the output up to which a conversion runs in Lambda. */
  lambdaMaxBytes: number;
  /** Predicted size of the output from which a conversion runs in Spark; 0 if the stage does not have that lane. */
  sparkMinBytes: number;
  /** Maximum delay of index updates in milliseconds. */
  indexDelay: number;
  /** Maximum concurrent runs of each Glue job. */
  glueRuns: number;
  conversionsPerDay: number;
}

const seconds = (from: number, to: number) => fc.integer({ min: from * 1000, max: to * 1000 });
const seed = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const job = fc.nat(1);

/** Favours the first value over the others. */
const mostly = <T>(usual: T, ...others: fc.Arbitrary<T>[]) =>
  fc.oneof(
    { arbitrary: fc.constant(usual), weight: 3 * others.length },
    ...others.map((arbitrary) => ({ arbitrary, weight: 1 })),
  );

const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("trigger" as const), job, limit: fc.constantFrom(null, 1) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("retry" as const), job, limit: fc.constantFrom(null, 2) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom("cancel" as const, "delete" as const), job }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("status" as const, "download" as const), job }) },
  { weight: 1, arbitrary: fc.constant({ kind: "list" as const }) },
  { weight: 4, arbitrary: fc.constant({ kind: "reconcile" as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("put" as const), job, content: fc.nat(1) }) },
);

const fault: fc.Arbitrary<[number, Fault]> = fc.tuple(fc.nat(12), fc.constantFrom(...faults));

const conditions = {
  seed,
  faults: fc.oneof(fc.constant<[number, Fault][]>([]), fc.array(fault, { minLength: 1, maxLength: 3 })),
  skew: mostly(0, seconds(-30, 30)),
  persistent: fc.boolean(),
};

const upload = (job: number): fc.Arbitrary<Step> =>
  fc.record({
    at: seconds(0, 2),
    does: fc.record({
      kind: fc.constant("upload" as const),
      job: fc.constant(job),
      good: mostly(true, fc.constant(false)),
      direct: fc.boolean(),
    }),
    ...conditions,
  });

/** Number of the call by which an undisturbed trigger starts the run. */
const startCall = 4;

const conditionsOfStart = {
  ...conditions,
  faults: fc.oneof(
    { weight: 2, arbitrary: conditions.faults },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom<Fault[]>("lose", "late", "kill after")
        .map((fault): [number, Fault][] => [[startCall, fault]]),
    },
  ),
};

/**
 * A trigger, and often a cancellation soon after it. Chosen apart: other schedules seldom trigger or cancel a job in time, or
 * lose the response of the call that starts its run.
 */
const start: fc.Arbitrary<Step[]> = fc
  .record({
    at: seconds(2, 30),
    job,
    limit: fc.constantFrom(null, 1),
    triggered: fc.record(conditionsOfStart),
    cancelled: fc.option(fc.record({ after: seconds(0, 20), ...conditions }), { freq: 1, nil: undefined }),
  })
  .map(({ at, job, limit, triggered, cancelled }) => {
    const trigger: Step = { at, does: { kind: "trigger", job, limit }, ...triggered };
    if (!cancelled) return [trigger];
    const { after, ...given } = cancelled;
    return [trigger, { at: at + after, does: { kind: "cancel", job }, ...given }];
  });

const later: fc.Arbitrary<Step> = fc.record({
  at: fc.oneof({ weight: 3, arbitrary: seconds(2, 30) }, { weight: 2, arbitrary: seconds(2, 400) }),
  does: deed,
  ...conditions,
});

const conversion = {
  dies: mostly(
    "never" as RunPlan["dies"],
    fc.constantFrom("unclaimed", "claimed", "working", "converted", "written", "reported"),
  ),
  refuses: mostly(false, fc.constant(true)),
  manifestEvents: mostly([500], fc.array(seconds(0, 200), { maxLength: 3 })),
  eventFaults: mostly<[number, Fault][]>([], fc.array(fault, { maxLength: 2 })),
};

const run: fc.Arbitrary<RunPlan> = fc.record({
  ...conversion,
  waits: mostly(0, seconds(1, 200)),
  expires: mostly(false, fc.constant(true)),
  starts: seconds(0, 40),
  works: fc.oneof(seconds(0, 5), seconds(0, 300), seconds(3600, 7200)),
  diesAs: fc.constantFrom("FAILED", "ERROR", "TIMEOUT"),
  parts: fc.array(
    // One upload of each part is in time. That of a repeated task may come too late.
    fc
      .tuple(fc.nat(100), fc.array(fc.nat(150), { maxLength: 1 }))
      .map(([inTime, others]) => [inTime, ...others]),
    { minLength: 1, maxLength: 3 },
  ),
  stops: mostly(1000, seconds(0, 60)),
  cleansUp: fc.boolean(),
  stopRefusals: mostly(0, fc.constant(1)),
  listedAfter: mostly(0, seconds(1, 180)),
  missingFrom: seconds(0, 200),
  missingFor: mostly(0, seconds(1, 400)),
  events: mostly([500], fc.array(seconds(0, 200), { maxLength: 3 })),
});

const invocation: fc.Arbitrary<InvocationPlan> = fc.record({
  ...conversion,
  works: fc.oneof(seconds(0, 5), seconds(0, 300), seconds(800, 1000)),
  parts: fc.constant([]),
  deliveries: mostly(
    [50],
    fc.array(seconds(0, 200), { maxLength: 3 }),
    fc.array(seconds(0, 1000), { minLength: 1, maxLength: 2 }),
  ),
  diesAs: fc.constantFrom("killed", "timed out", "raised"),
  silent: mostly(false, fc.constant(true)),
  records: mostly([500], fc.array(seconds(0, 200), { maxLength: 3 })),
});

export const schedule: fc.Arbitrary<Schedule> = fc.record({
  steps: fc
    .tuple(
      upload(0),
      fc.option(upload(1), { nil: undefined }),
      fc.option(start, { nil: [] }),
      fc.array(later, { minLength: 1, maxLength: 12 }),
    )
    .map(([first, second, begun, rest]) => [first, ...(second ? [second] : []), ...begun, ...rest]),
  runs: fc.array(run, { minLength: 1, maxLength: 4 }),
  invocations: fc.array(invocation, { minLength: 1, maxLength: 4 }),
  // 100 lies between the predictions for one row and for two.
  lambdaMaxBytes: fc.constantFrom(0, 100, 1e9),
  sparkMinBytes: fc.constantFrom(0, 1, 100, 1e9),
  indexDelay: mostly(50, seconds(0, 90)),
  glueRuns: mostly(10, fc.integer({ min: 0, max: 1 })),
  conversionsPerDay: mostly(100, fc.integer({ min: 1, max: 3 })),
});

/** Formats a schedule as readable lines. */
export function describeSchedule({ steps, runs, invocations, ...stage }: Schedule): string {
  const described = steps
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, does, faults, skew, persistent, seed }) => {
      const { kind, ...details } = does;
      const wrong = faults.map(([call, fault]) => `call ${call}: ${fault}`).join(", ");
      return [
        `  ${(at / 1000).toFixed(3)} s  ${kind} ${JSON.stringify(details)}`,
        wrong && `[${wrong}]`,
        skew && `clock ${skew} ms ahead`,
        persistent && "tries again",
        `(${seed})`,
      ]
        .filter(Boolean)
        .join(" ");
    });
  const plans = [
    ...runs.map((plan, index) => `  run ${index + 1}: ${JSON.stringify(plan)}`),
    ...invocations.map((plan, index) => `  event ${index + 1}: ${JSON.stringify(plan)}`),
  ];
  const { indexDelay, glueRuns, lambdaMaxBytes, sparkMinBytes, conversionsPerDay } = stage;
  const lanes = `up to ${lambdaMaxBytes} bytes in Lambda, ${sparkMinBytes ? `from ${sparkMinBytes}` : "none"} in Spark`;
  return [
    ...described,
    ...plans,
    `  indexes up to ${indexDelay} ms behind, room for ${glueRuns} runs of each Glue job, ${lanes}, ${conversionsPerDay} conversions a day`,
  ].join("\n");
}
