import * as z from "zod";
import { glueCapacities, glueJob, MiB, objectMaxBytes } from "../packages/core/src/deployment.ts";

const GiB = 1024 * MiB;
const Count = z.int().min(1);
const Days = z.int().min(1).max(3650);

/** The retentions CloudWatch Logs knows: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const LogDays = z.literal([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653]);

const Origin = z
  .string()
  .regex(
    /^(\*|https?:\/\/[^/*\s]+)$/,
    'is no origin: "*", or scheme and host such as https://data.example.com',
  );

const Limits = z
  .strictObject({
    /** Bytes of the largest input. */
    uploadMaxBytes: Count.max(objectMaxBytes),
    /** Bytes of the largest output object of a conversion. */
    outputMaxBytes: Count.max(objectMaxBytes),
    /** Most rows that a conversion writes. */
    outputMaxRows: Count,
    /** The rest is answered 429 until midnight UTC. Retries count as conversions. */
    conversionsPerDay: Count.max(1_000_000),
    /** What a conversion may write or use at most counts while it runs, what it wrote or used counts afterwards. */
    outputBytesPerDay: Count,
    dpuMinutesPerDay: Count,
    uploadsPerDay: Count.max(1_000_000),
    uploadBytesPerDay: Count,
    /** Uploads of one IPv4 address, or of one IPv6 network (/64). */
    uploadsPerDayPerCaller: Count.max(1_000_000),
  })
  .superRefine((limits, context) => {
    for (const [day, one] of [
      ["outputBytesPerDay", "outputMaxBytes"],
      ["uploadBytesPerDay", "uploadMaxBytes"],
      ["uploadsPerDay", "uploadsPerDayPerCaller"],
    ] as const) {
      if (limits[day] >= limits[one]) continue;
      context.addIssue({ code: "custom", path: [day], message: `has to be at least ${one}` });
    }
    const longestRun = glueJob.timeoutMinutes * glueCapacities.whole;
    if (limits.dpuMinutesPerDay < longestRun) {
      const message = `has to be at least ${longestRun}, the DPU-minutes of the longest run`;
      context.addIssue({ code: "custom", path: ["dpuMinutesPerDay"], message });
    }
  });

/** What a stage may be told. docs/operations.md explains each for who deploys. */
const Config = z.strictObject({
  /** Origins whose pages may call the API, upload and read results, beside the stage's own dashboard. */
  allowedOrigins: z.array(Origin).min(1),
  /** What one file, one conversion, one day (UTC) and one caller may use: docs/cost.md has what that costs at most. */
  limits: Limits,
  /** Days after which S3 removes an input. */
  inputRetentionDays: Days,
  /** Days after which S3 removes a result; `null`: never. */
  outputRetentionDays: Days.nullable(),
  /** Days the logs of functions and of the API are kept. */
  logRetentionDays: LogDays,
  /** Who is told about alarms, by e-mail; has to confirm once. `null`: nobody, until somebody subscribes to the topic. */
  alarmEmail: z.email().nullable(),
  /** Requests a second that the API takes in the long run, and at once. More are answered 429. */
  throttle: z
    .strictObject({ rate: Count.max(10_000), burst: Count.max(5_000) })
    .refine(({ rate, burst }) => burst >= rate, "burst has to be at least rate"),
  /** Read and write units a second that the job table takes at most; what is beyond is retried, then answered 429. */
  table: z.strictObject({ readsPerSecond: Count, writesPerSecond: Count }),
  glue: z.strictObject({
    /** Bytes of input from which on a run gets a whole DPU instead of a sixteenth: docs/cost.md. 0: every run. */
    wholeDpuFrom: z.int().min(0),
    /** Runs at once. More wait in Glue's queue. */
    maxConcurrentRuns: Count.max(1000),
  }),
});
type Config = z.infer<typeof Config>;

/** Any stage, unless `stages` says otherwise. */
const defaults: Config = {
  allowedOrigins: ["*"],
  limits: {
    uploadMaxBytes: 5 * GiB,
    outputMaxBytes: 5 * GiB,
    outputMaxRows: 1_000_000_000,
    conversionsPerDay: 200,
    outputBytesPerDay: 400 * GiB,
    dpuMinutesPerDay: 600,
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
  glue: { wholeDpuFrom: glueJob.wholeDpuFrom, maxConcurrentRuns: 5 },
};

/** What differs in a stage of that name. */
const stages: Record<string, Partial<Config>> = {
  production: {
    limits: {
      uploadMaxBytes: 100 * GiB,
      outputMaxBytes: 300 * GiB,
      outputMaxRows: 100_000_000_000,
      conversionsPerDay: 5000,
      outputBytesPerDay: 20_000 * GiB,
      dpuMinutesPerDay: 20_000,
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

/** Overrides by environment variables: what an installation keeps out of the repository, or sets for one deployment. */
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

/** A stage's configuration. Throws with one line for each thing that is wrong with it. */
export function configOf(stage: string, env: NodeJS.ProcessEnv, given = stages[stage]): Config {
  const configured = { ...defaults, ...given };
  const parsed = Config.safeParse({ ...configured, ...fromEnvironment(env, configured) });
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `  ${path.join(".") || "config"}: ${message}`,
  );
  const error = new Error(
    `The configuration of stage "${stage}" is not valid (infra/config.ts):\n${problems.join("\n")}`,
  );
  // The CLI prints the stack, and this program's own frames would hide what is to be mended.
  error.stack = error.message;
  throw error;
}
