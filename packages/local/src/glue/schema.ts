import * as z from "zod";

// Shapes and limits of https://docs.aws.amazon.com/glue/latest/webapi/API_Operations.html, for the members that mean
// something to a Python Shell job. Other members (GlueVersion, Tags, ...) are kept and given back unread.

const Name = z.string().min(1).max(255);

/** Job and run arguments: `--key` to value. */
export const Arguments = z
  .record(z.string(), z.string())
  .refine(
    (all) => Object.keys(all).every((name) => /^--[^\s=]+$/.test(name)),
    "an argument's name begins with --",
  );

const S3Uri = z.string().regex(/^s3:\/\/[^/]+\/.+/, "not an s3://bucket/key");

const Minutes = z.int().min(1);

/** DPU a Python Shell job may have. It changes nothing here but what a run says of itself. */
const Capacity = z.literal([0.0625, 1]);

const definition = {
  Role: Name,
  Command: z.looseObject({
    Name: z.literal("pythonshell", "only Python Shell jobs (Command.Name pythonshell) run here"),
    ScriptLocation: S3Uri,
    PythonVersion: z.string().optional(),
  }),
  DefaultArguments: Arguments.optional(),
  NonOverridableArguments: Arguments.optional(),
  ExecutionProperty: z.object({ MaxConcurrentRuns: z.int().min(1).optional() }).optional(),
  JobRunQueuingEnabled: z.boolean().optional(),
  Timeout: Minutes.optional(),
  MaxCapacity: Capacity.optional(),
};

export const CreateJob = z.looseObject({ Name, ...definition });
export const UpdateJob = z.object({ JobName: Name, JobUpdate: z.looseObject(definition) });
export const GetJob = z.object({ JobName: Name });
export const DeleteJob = z.object({ JobName: Name });
export const StartJobRun = z.looseObject({
  JobName: Name,
  // Starting a run anew under its old id is not a thing of Python Shell jobs alone; refused rather than ignored.
  JobRunId: z.undefined("JobRunId is not supported: start a new run").optional(),
  Arguments: Arguments.optional(),
  JobRunQueuingEnabled: z.boolean().optional(),
  Timeout: Minutes.optional(),
  MaxCapacity: Capacity.optional(),
});
export const GetJobRun = z.looseObject({ JobName: Name, RunId: Name });
export const GetJobRuns = z.object({
  JobName: Name,
  NextToken: z.string().optional(),
  MaxResults: z.int().min(1).max(200).optional(),
});
export const BatchStopJobRun = z.object({ JobName: Name, JobRunIds: z.array(Name).min(1).max(25) });

/** A stored job: what CreateJob or UpdateJob said. Times are seconds since the epoch, as on the wire. */
export const Job = z.looseObject({
  Name,
  ...definition,
  CreatedOn: z.number(),
  LastModifiedOn: z.number(),
});
export type Job = z.infer<typeof Job>;

export const RunState = z.enum([
  "WAITING",
  "STARTING",
  "RUNNING",
  "STOPPING",
  "STOPPED",
  "SUCCEEDED",
  "FAILED",
  "TIMEOUT",
]);
export type RunState = z.infer<typeof RunState>;

export const EndState = z.enum(["STOPPED", "SUCCEEDED", "FAILED", "TIMEOUT"]);
export type EndState = z.infer<typeof EndState>;

/** A run as GetJobRun answers it. */
export const JobRun = z.object({
  Id: z.string(),
  Attempt: z.int(),
  JobName: Name,
  JobRunState: RunState,
  JobRunQueuingEnabled: z.boolean(),
  StartedOn: z.number(),
  LastModifiedOn: z.number(),
  CompletedOn: z.number().optional(),
  Arguments: Arguments.optional(),
  ErrorMessage: z.string().optional(),
  /** Seconds the process ran. */
  ExecutionTime: z.int(),
  /** DPU. Absent in what was stored before there was a choice. */
  MaxCapacity: Capacity.optional(),
  /** Minutes. */
  Timeout: Minutes,
  LogGroupName: z.string(),
});
export type JobRun = z.infer<typeof JobRun>;

/** A stored run: beside Glue's members, what a restart of the endpoint has to know. */
export const StoredRun = z.object({
  run: JobRun,
  /** The end of this run has not reached the sink yet. */
  undelivered: z.boolean().optional(),
});
export type StoredRun = z.infer<typeof StoredRun>;
