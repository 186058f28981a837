// What the product and infra/ share. This module imports nothing, so that infra/ can load it without the AWS SDK.

/** Physical layout of the job table, in the shape that `sst.aws.Dynamo` takes. */
export const jobTable = {
  fields: {
    pk: "string",
    sk: "string",
    gsi1pk: "string",
    gsi1sk: "string",
    gsi2pk: "string",
    gsi2sk: "string",
    gsi3pk: "string",
    gsi3sk: "string",
  },
  primaryIndex: { hashKey: "pk", rangeKey: "sk" },
  globalIndexes: {
    byStatus: { hashKey: "gsi1pk", rangeKey: "gsi1sk" },
    byCreation: { hashKey: "gsi2pk", rangeKey: "gsi2sk" },
    /** Projects only what identifies a job; ElectroDB needs the last two. The reconciler reads the jobs from the table. */
    byDue: {
      hashKey: "gsi3pk",
      rangeKey: "gsi3sk",
      projection: ["jobId", "dueAt", "__edb_e__", "__edb_v__"] as string[],
    },
  },
  /** Expiry in epoch seconds. Only counters have one. */
  ttl: "expiresAt",
} as const;

/** What runs a conversion, weakest first. `lambda`: a Lambda function. `shell`: Glue Python Shell. `spark`: Glue for Spark. */
export const laneNames = ["lambda", "shell", "spark"] as const;
export type LaneName = (typeof laneNames)[number];

/** Definition of the function of the lane `lambda`, on AWS and in the embedded AWS. */
export const lambdaLane = {
  runtime: "python3.13",
  handler: "unparquet.aws_lambda.handler",
  /** The most that new accounts allow. */
  memoryMB: 3008,
  /** The most that Lambda allows. */
  timeoutSeconds: 900,
  /** How long a run may wait for a free execution. */
  maxEventAgeSeconds: 900,
  /** Uncompressed output in bytes up to which the lane is used, unless the stage configures another size. */
  outputMaxBytes: 8e9,
} as const;

/**
 * The two capacities of a Python Shell job, in DPU of 4 vCPU and 16 GB:
 * https://docs.aws.amazon.com/glue/latest/dg/add-job-python.html
 */
export const glueCapacities = { sixteenth: 0.0625, whole: 1 } as const;

/** Definition of the Glue job, on AWS and in the embedded AWS. */
export const glueJob = {
  /** 3.9 is the newest Python for Python Shell jobs. */
  command: "pythonshell",
  pythonVersion: "3.9",
  timeoutMinutes: 120,
  capacity: glueCapacities.sixteenth,
  /**
   * Inputs of at least this many bytes get a full DPU, unless the stage configures another size. A sixteenth is cheaper at any
   * size; at this size it takes up to seven minutes (docs/cost.md).
   */
  wholeDpuFrom: 3 * 1024 ** 3,
  /**
   * Runs beyond the account's quotas wait instead of failing. Glue's own retries must then be off; a retry is a new attempt,
   * made through the API.
   */
  queuing: true,
  maxRetries: 0,
} as const;

/** Definition of the Glue job of the lane `spark`, on AWS and in the embedded AWS. */
export const sparkLane = {
  command: "glueetl",
  /** Spark 3.5 and Python 3.11: https://docs.aws.amazon.com/glue/latest/dg/release-notes.html */
  glueVersion: "5.0",
  pythonVersion: "3",
  /** 4 vCPU, 16 GB: https://docs.aws.amazon.com/glue/latest/dg/worker-types.html */
  workerType: "G.1X",
  dpuPerWorker: 1,
  /** The driver and one executor. */
  workersMin: 2,
  /** Most workers of a run, unless the stage configures another number. */
  workersMax: 51,
  /** Uncompressed output in bytes for each executor of a run. */
  bytesPerWorker: 20e9,
  /** Uncompressed output in bytes from which on the lane is used, unless the stage configures another size. */
  outputMinBytes: 100e9,
  timeoutMinutes: 60,
  /** As for `glueJob`. */
  queuing: true,
  maxRetries: 0,
} as const;

/** Key prefixes: uploads in the input bucket, outputs and reports in the output bucket. Only outputs are public. */
export const uploadsPrefix = "uploads/";
export const outputsPrefix = "jobs/";
export const reportsPrefix = "reports/";

/** Headers of a result that pages of other origins may read. The dashboard needs them to read rows by range. */
export const resultHeaders = [
  "Content-Disposition",
  "Content-Encoding",
  "Content-Length",
  "Content-Range",
  "ETag",
];

/** CORS rules of the API, for API Gateway and for the local server. */
export const cors = {
  allowMethods: ["GET", "POST", "DELETE"],
  allowHeaders: ["accept", "content-type"],
  exposeHeaders: ["allow", "location", "retry-after", "x-request-id"],
} satisfies { allowMethods: ("GET" | "POST" | "DELETE")[]; allowHeaders: string[]; exposeHeaders: string[] };

export const MiB = 1024 ** 2;

/** Larger footers are not looked at before a run: parsing one of this size takes a second. */
export const footerMaxBytes = 8 * MiB;

/** Limits of S3: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const partCountMax = 10_000;
const partMaxBytes = 5 * 1024 * MiB;
/** 48.8 TiB. */
export const objectMaxBytes = partCountMax * partMaxBytes;

/** Larger files are uploaded in parts. */
export const singleUploadMaxBytes = 64 * MiB;

/** Part size for a file of `size` bytes: small enough to retry, large enough to stay within S3's part limit. */
export function partSizeFor(size: number): number {
  return Math.max(16 * MiB, Math.ceil(size / partCountMax / MiB) * MiB);
}

/** Custom metrics and their meaning. Their only dimension is `service`: each combination of dimensions is billed. */
export const metricNames = {
  JobSucceeded: "attempts that succeeded",
  JobFailed: "attempts that failed, for any reason",
  JobCancelled: "attempts that were cancelled",
  JobBroken:
    "attempts that failed with internal, timed_out, out_of_memory or stopped: not because of the file",
  LambdaRuns: "attempts that ended in the lane lambda",
  GlueRuns: "attempts that ended in the lane shell",
  SparkRuns: "attempts that ended in the lane spark",
  RunTimeout: "runs that took too long, or waited too long to begin",
  RunError: "runs that Glue or Lambda could not complete, and that did not run out of memory",
  JobDuration: "from accepting an attempt to its end",
  QueueTime: "part of JobDuration: waiting for the run to start, and for the end to be noticed",
  ConversionTime: "the converter's own time, for attempts that succeeded",
  RowsConverted: "rows written",
  RowsPerSecond: "rows written per second of ConversionTime",
  OutputBytes: "bytes written",
  LambdaSeconds: "billed time of runs in the lane lambda",
  GlueDpuSeconds: "billed time of runs in the lane shell: DPU times seconds, at least 60 seconds per run",
  SparkDpuSeconds: "billed time of runs in the lane spark: DPU times seconds, at least 60 seconds per worker",
  JobStuck: "jobs queued or cancelling for more than 15 minutes, every minute",
  StuckAge: "age of the oldest queued or cancelling job, every minute",
  ReconcileProblem: "jobs the reconciler could not repair, every minute",
} as const;
export type MetricName = keyof typeof metricNames;
