/**
 * Physical layout of the job table, in the shape `sst.aws.Dynamo` takes. ElectroDB, the infrastructure and the embedded AWS
 * all read this definition. Every key attribute is a string. No imports, so infrastructure code loads it without the AWS SDK.
 */
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
    /** Names jobs and no more (the last two tell ElectroDB what an item is): the reconciler reads each from the table. */
    byDue: {
      hashKey: "gsi3pk",
      rangeKey: "gsi3sk",
      projection: ["jobId", "dueAt", "__edb_e__", "__edb_v__"] as string[],
    },
  },
  /** Epoch seconds after which DynamoDB removes an item. Only counters have it. */
  ttl: "expiresAt",
} as const;

/**
 * DPU that a Python Shell job may have, the only two: https://docs.aws.amazon.com/glue/latest/dg/add-job-python.html. A DPU
 * is 4 vCPU and 16 GB; a sixteenth of one is a quarter of a core and 1 GB. No imports, as below.
 */
export const glueCapacities = { sixteenth: 0.0625, whole: 1 } as const;

/**
 * How the Glue job is run: the same for the infrastructure, which defines it on AWS, and for the embedded AWS. No imports,
 * so that infrastructure code can load it without the AWS SDK.
 */
export const glueJob = {
  /** A Python Shell job, and the newest Python that such a job has. */
  command: "pythonshell",
  pythonVersion: "3.9",
  timeoutMinutes: 120,
  capacity: glueCapacities.sixteenth,
  /**
   * Bytes of input from which on a run gets a whole DPU, unless the stage's configuration says otherwise. A sixteenth is the
   * cheaper one at any size; for this one it takes up to seven minutes, by the figures of docs/cost.md.
   */
  wholeDpuFrom: 3 * 1024 ** 3,
  /**
   * Runs beyond the account's quotas wait instead of failing. Queuing excludes Glue's own retries, and the job's attempt is
   * part of its output's key, so that a new run is a new attempt: the API's retry.
   */
  queuing: true,
  maxRetries: 0,
} as const;

/** First part of every key: uploads in the input bucket, the rest in the output bucket. Only outputs are public. No imports. */
export const uploadsPrefix = "uploads/";
export const outputsPrefix = "jobs/";
export const reportsPrefix = "reports/";

/** Headers of a result that pages of other origins may read: with them the first rows are fetched by ranges. No imports. */
export const resultHeaders = [
  "Content-Disposition",
  "Content-Encoding",
  "Content-Length",
  "Content-Range",
  "ETag",
];

/** What pages of any origin may send and read: API Gateway's rules where deployed, the local server's elsewhere. No imports. */
export const cors = {
  allowMethods: ["GET", "POST", "DELETE"],
  allowHeaders: ["accept", "content-type"],
  exposeHeaders: ["allow", "location", "retry-after", "x-request-id"],
} satisfies { allowMethods: ("GET" | "POST" | "DELETE")[]; allowHeaders: string[]; exposeHeaders: string[] };

/** S3's limits: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html. No imports: the API's contract uses it too. */
export const MiB = 1024 ** 2;
export const partCountMax = 10_000;
const partMaxBytes = 5 * 1024 * MiB;
/** 48.8 TiB. A single PUT takes no more than a part. */
export const objectMaxBytes = partCountMax * partMaxBytes;

/** Bytes up to which one PUT is asked for; larger files are uploaded in parts. */
export const singleUploadMaxBytes = 64 * MiB;

/** Bytes a part has: few enough to be sent again after a fault, and enough to stay within S3's number of parts. */
export const partSizeFor = (size: number): number =>
  Math.max(16 * MiB, Math.ceil(size / partCountMax / MiB) * MiB);

/**
 * Every custom metric, with what it says. No imports: alarms and charts of infra/ name them too. Their one dimension is
 * `service`, for each combination of dimensions is a metric that is billed.
 */
export const metricNames = {
  JobSucceeded: "attempts that ended well",
  JobFailed: "attempts that failed, for whatever reason",
  JobCancelled: "attempts that were cancelled",
  JobBroken:
    "of those failed: with internal, timed_out, out_of_memory or stopped, so not for what is in the file",
  GlueRunTimeout:
    "runs that Glue ended for taking too long, or for waiting too long: its states TIMEOUT and EXPIRED",
  GlueRunError: "runs that Glue could not carry through: its state ERROR",
  JobDuration: "from the acceptance of an attempt to its end",
  QueueTime: "of that: waiting for Glue to begin, and for the end to be noticed",
  ConversionTime: "of a conversion that ended well: the converter's own time",
  RowsConverted: "rows written",
  RowsPerSecond: "rows written in a second of the converter's own time",
  OutputBytes: "bytes written",
  GlueDpuSeconds: "what Glue bills for a run: its DPU times its seconds, at least 60",
  JobStuck: "jobs queued or cancelling for more than 15 minutes, each minute",
  StuckAge: "how long the oldest queued or cancelling job has been so, each minute",
  ReconcileProblem: "jobs the reconciler could not repair in a round, each minute",
} as const;
export type MetricName = keyof typeof metricNames;
