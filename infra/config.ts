import * as z from "zod";
import {
  glueCapacities,
  glueJob,
  type LaneName,
  lambdaLane,
  laneNames,
  MiB,
  objectMaxBytes,
  sparkLane,
} from "../packages/core/src/deployment.ts";

/** Concurrent executions that production's functions reserve if the account's quota allows it. */
export const reservations = { runEnded: 5, reconcile: 1 };

/** Lambda keeps at least this many executions unreserved: https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html */
export const unreservedMin = 100;

const GiB = 1024 * MiB;
const Count = z.int().min(1);
const Days = z.int().min(1).max(3650);

/** Retentions that CloudWatch Logs supports: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const LogDays = z.literal([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653]);

const Origin = z
  .string()
  .regex(/^(\*|https?:\/\/[^/*\s]+)$/, 'must be "*" or an origin such as https://data.example.com');

const Limits = z
  .strictObject({
    /** Largest input, in bytes. */
    uploadMaxBytes: Count.max(objectMaxBytes),
    /** Largest output object of a conversion, in bytes. */
    outputMaxBytes: Count.max(objectMaxBytes),
    /** Most rows a conversion may write. */
    outputMaxRows: Count,
    /** Further requests are answered 429 until midnight UTC. Retries count. */
    conversionsPerDay: Count.max(1_000_000),
    /** A running conversion counts with the most it may write or use, a finished one with what it did. */
    outputBytesPerDay: Count,
    dpuMinutesPerDay: Count,
    lambdaMinutesPerDay: Count,
    uploadsPerDay: Count.max(1_000_000),
    uploadBytesPerDay: Count,
    /** Per IPv4 address or IPv6 network (/64). */
    uploadsPerDayPerCaller: Count.max(1_000_000),
  })
  .superRefine((limits, context) => {
    for (const [day, one] of [
      ["outputBytesPerDay", "outputMaxBytes"],
      ["uploadBytesPerDay", "uploadMaxBytes"],
      ["uploadsPerDay", "uploadsPerDayPerCaller"],
    ] as const) {
      if (limits[day] >= limits[one]) continue;
      context.addIssue({ code: "custom", path: [day], message: `must be at least ${one}` });
    }
    for (const [name, longestRun] of [
      ["dpuMinutesPerDay", glueJob.timeoutMinutes * glueCapacities.whole],
      ["lambdaMinutesPerDay", lambdaLane.timeoutSeconds / 60],
    ] as const) {
      if (limits[name] >= longestRun) continue;
      const message = `must be at least ${longestRun}, what the longest run may use`;
      context.addIssue({ code: "custom", path: [name], message });
    }
  });

const SparkLane = z
  .strictObject({
    /** Converts files whose output is predicted to have at least this many bytes, uncompressed. */
    outputMinBytes: Count,
    /** Most workers of a run, with the driver. */
    workersMax: Count.min(sparkLane.workersMin),
    /** Cheaper runs on spare capacity, which may start later: docs/lanes.md. */
    flex: z.boolean(),
    /** A running conversion counts with the most it may use, a finished one with what it did. */
    dpuHoursPerDay: Count,
  })
  .superRefine(({ workersMax, dpuHoursPerDay }, context) => {
    const longest = (workersMax * sparkLane.dpuPerWorker * sparkLane.timeoutMinutes) / 60;
    if (dpuHoursPerDay >= longest) return;
    const message = `must be at least ${longest}, what the longest run may use`;
    context.addIssue({ code: "custom", path: ["dpuHoursPerDay"], message });
  });

/** Settings of a stage, documented in docs/operations.md. */
const Config = z.strictObject({
  /** Origins that may call the API, upload and read results, in addition to the stage's dashboard. */
  allowedOrigins: z.array(Origin).min(1),
  /** Quotas per file, conversion, day (UTC) and caller. docs/cost.md has what they cost at most. */
  limits: Limits,
  /** Days until S3 deletes an input. */
  inputRetentionDays: Days,
  /** Days until S3 deletes a result; `null` keeps it. */
  outputRetentionDays: Days.nullable(),
  /** Days to keep the logs of the functions and the API. */
  logRetentionDays: LogDays,
  /** E-mail address that receives the alarms after confirming once; `null` for none. */
  alarmEmail: z.email().nullable(),
  /** Sustained requests per second, and the burst. Further requests are answered 429. */
  throttle: z
    .strictObject({ rate: Count.max(10_000), burst: Count.max(5_000) })
    .refine(({ rate, burst }) => burst >= rate, "burst must be at least rate"),
  /** Maximum read and write units per second of the job table. Requests beyond are retried, then answered 429. */
  table: z.strictObject({ readsPerSecond: Count, writesPerSecond: Count }),
  /** What runs conversions besides Glue Python Shell, which every stage has: docs/lanes.md. */
  lanes: z.strictObject({
    /** Converts files whose output is predicted to have at most this many bytes, uncompressed; `null` turns it off. */
    lambda: z.strictObject({ outputMaxBytes: Count.max(objectMaxBytes) }).nullable(),
    /** Converts large files in Glue for Spark; `null` turns it off. */
    spark: SparkLane.nullable(),
  }),
  glue: z.strictObject({
    /** Inputs of at least this many bytes get a full DPU instead of a sixteenth: docs/cost.md. 0 means all. */
    wholeDpuFrom: z.int().min(0),
    /** Concurrent runs. Further ones wait in Glue's queue. */
    maxConcurrentRuns: Count.max(1000),
  }),
});
type Config = z.infer<typeof Config>;

/** Settings of any stage. */
const defaults: Config = {
  allowedOrigins: ["*"],
  limits: {
    uploadMaxBytes: 5 * GiB,
    outputMaxBytes: 5 * GiB,
    outputMaxRows: 1_000_000_000,
    conversionsPerDay: 200,
    outputBytesPerDay: 400 * GiB,
    dpuMinutesPerDay: 300,
    lambdaMinutesPerDay: 600,
    uploadsPerDay: 500,
    uploadBytesPerDay: 100 * GiB,
    uploadsPerDayPerCaller: 200,
  },
  inputRetentionDays: 30,
  outputRetentionDays: 7,
  logRetentionDays: 7,
  alarmEmail: null,
  throttle: { rate: 15, burst: 100 },
  table: { readsPerSecond: 120, writesPerSecond: 50 },
  lanes: { lambda: { outputMaxBytes: lambdaLane.outputMaxBytes }, spark: null },
  glue: { wholeDpuFrom: glueJob.wholeDpuFrom, maxConcurrentRuns: 5 },
};

/** Overrides by stage name. */
const stages: Record<string, Partial<Config>> = {
  production: {
    limits: {
      uploadMaxBytes: 100 * GiB,
      outputMaxBytes: 300 * GiB,
      outputMaxRows: 100_000_000_000,
      conversionsPerDay: 5000,
      outputBytesPerDay: 20_000 * GiB,
      dpuMinutesPerDay: 20_000,
      lambdaMinutesPerDay: 20_000,
      uploadsPerDay: 10_000,
      uploadBytesPerDay: 5000 * GiB,
      uploadsPerDayPerCaller: 2000,
    },
    outputRetentionDays: null,
    logRetentionDays: 30,
    throttle: { rate: 100, burst: 200 },
    table: { readsPerSecond: 4000, writesPerSecond: 1000 },
    glue: { wholeDpuFrom: glueJob.wholeDpuFrom, maxConcurrentRuns: 100 },
  },
};

/** The lane `spark` of a stage that turns it on by the environment. */
const spark: Config["lanes"]["spark"] = {
  outputMinBytes: sparkLane.outputMinBytes,
  workersMax: sparkLane.workersMax,
  flex: false,
  dpuHoursPerDay: 200,
};

/** A list of the stage's lanes: `lambda,shell,spark`. */
const Environment = z.object({
  UNPARQUET_LANES: z
    .string()
    .transform((list) => list.split(/[\s,]+/))
    .pipe(z.array(z.enum(laneNames)).refine((names) => names.includes("shell"), "must include shell"))
    .optional(),
});

/** The lanes in the list, as configured or with their defaults. */
function lanesOf(names: LaneName[], { lanes }: Pick<Config, "lanes">): Config["lanes"] {
  return {
    lambda: names.includes("lambda") ? (lanes.lambda ?? defaults.lanes.lambda) : null,
    spark: names.includes("spark") ? (lanes.spark ?? spark) : null,
  };
}

/** Overrides by environment variables, for settings to keep out of the repository. */
function fromEnvironment(env: NodeJS.ProcessEnv, { limits }: Pick<Config, "limits">): object {
  const { UNPARQUET_ALARM_EMAIL, UNPARQUET_ALLOWED_ORIGINS, UNPARQUET_CONVERSIONS_PER_DAY } = env;
  return {
    ...(UNPARQUET_ALARM_EMAIL && { alarmEmail: UNPARQUET_ALARM_EMAIL }),
    ...(UNPARQUET_ALLOWED_ORIGINS && { allowedOrigins: UNPARQUET_ALLOWED_ORIGINS.split(/[\s,]+/) }),
    ...(UNPARQUET_CONVERSIONS_PER_DAY && {
      limits: { ...limits, conversionsPerDay: Number(UNPARQUET_CONVERSIONS_PER_DAY) },
    }),
  };
}

/** Returns a stage's configuration. @throws an error with one line per invalid setting */
export function configOf(stage: string, env: NodeJS.ProcessEnv, given = stages[stage]): Config {
  const configured = { ...defaults, ...given };
  // GitHub passes an unset variable as an empty text.
  const listed = Environment.safeParse({ UNPARQUET_LANES: env.UNPARQUET_LANES || undefined });
  const names = listed.data?.UNPARQUET_LANES;
  const parsed = Config.safeParse({
    ...configured,
    ...fromEnvironment(env, configured),
    ...(names && { lanes: lanesOf(names, configured) }),
  });
  if (parsed.success && listed.success) return parsed.data;
  const issues = [parsed, listed].flatMap(({ error }) => error?.issues ?? []);
  const problems = issues.map(({ path, message }) => `  ${path.join(".") || "config"}: ${message}`);
  const error = new Error(
    `The configuration of stage "${stage}" is not valid (infra/config.ts):\n${problems.join("\n")}`,
  );
  // The CLI prints the stack; frames of this program would bury the message.
  error.stack = error.message;
  throw error;
}
