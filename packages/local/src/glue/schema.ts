import * as z from "zod";

// Requests, responses and errors of https://docs.aws.amazon.com/glue/latest/webapi/API_Operations.html, as far as Python
// Shell and Spark jobs need them. Other members (Tags, ...) are stored and returned unread.

const Name = z.string().min(1).max(255);

/** Job and run arguments: `--key` to value. */
export const Arguments = z
  .record(z.string(), z.string())
  .refine(
    (all) => Object.keys(all).every((name) => /^--[^\s=]+$/.test(name)),
    "argument names must start with --",
  );

const S3Uri = z.string().regex(/^s3:\/\/[^/]+\/.+/, "not an s3://bucket/key");

const Minutes = z.int().min(1);

/** `pythonshell`: Python Shell. `glueetl`: Spark. */
const CommandName = z.enum(
  ["pythonshell", "glueetl"],
  "only Python Shell jobs (Command.Name pythonshell) and Spark jobs (glueetl) run here",
);
export type CommandName = z.infer<typeof CommandName>;

/** Only reported here, without effect on the run. */
const capacity = {
  /** DPU. */
  MaxCapacity: z.number().positive().optional(),
  WorkerType: z.enum(["G.1X", "G.2X", "G.4X", "G.8X"]).optional(),
  /** The driver's worker included. */
  NumberOfWorkers: z.int().min(2).optional(),
  ExecutionClass: z.enum(["STANDARD", "FLEX"]).optional(),
};

const definition = {
  Role: Name,
  Command: z.looseObject({
    Name: CommandName,
    ScriptLocation: S3Uri,
    PythonVersion: z.string().optional(),
  }),
  DefaultArguments: Arguments.optional(),
  NonOverridableArguments: Arguments.optional(),
  ExecutionProperty: z.object({ MaxConcurrentRuns: z.int().min(1).optional() }).optional(),
  JobRunQueuingEnabled: z.boolean().optional(),
  Timeout: Minutes.optional(),
  GlueVersion: z.string().optional(),
  ...capacity,
};

export const CreateJob = z.looseObject({ Name, ...definition });
export const UpdateJob = z.object({ JobName: Name, JobUpdate: z.looseObject(definition) });
export const GetJob = z.object({ JobName: Name });
export const DeleteJob = z.object({ JobName: Name });
export const StartJobRun = z.looseObject({
  JobName: Name,
  JobRunId: z.undefined("JobRunId is not supported: start a new run").optional(),
  Arguments: Arguments.optional(),
  JobRunQueuingEnabled: z.boolean().optional(),
  Timeout: Minutes.optional(),
  ...capacity,
});
export const GetJobRun = z.looseObject({ JobName: Name, RunId: Name });
export const GetJobRuns = z.object({
  JobName: Name,
  NextToken: z.string().optional(),
  MaxResults: z.int().min(1).max(200).optional(),
});
export const BatchStopJobRun = z.object({ JobName: Name, JobRunIds: z.array(Name).min(1).max(25) });

/** A job as CreateJob or UpdateJob defined it. Times are seconds since the epoch, as in Glue's JSON. */
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

/** A run as GetJobRun returns it. */
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
  /** Runs that an older version stored have no MaxCapacity. */
  ...capacity,
  /** Of runs with ExecutionClass FLEX, when they have ended. */
  DPUSeconds: z.number().optional(),
  /** Minutes. */
  Timeout: Minutes,
  LogGroupName: z.string(),
});
export type JobRun = z.infer<typeof JobRun>;

/** A run with the state that survives a restart of the endpoint. */
export const StoredRun = z.object({
  run: JobRun,
  /** Whether the event of its end still has to be delivered. */
  undelivered: z.boolean().optional(),
});
export type StoredRun = z.infer<typeof StoredRun>;

/** The errors of Glue's API that this endpoint responds with. */
type GlueErrorType =
  | "AlreadyExistsException"
  | "ConcurrentRunsExceededException"
  | "EntityNotFoundException"
  | "IncompleteSignatureException"
  | "InvalidInputException"
  | "InvalidSignatureException"
  | "JobRunInvalidStateTransitionException"
  | "MissingAuthenticationTokenException"
  | "UnknownOperationException"
  | "UnrecognizedClientException";

export class GlueError extends Error {
  override readonly name = "GlueError";
  readonly type: GlueErrorType;

  constructor(type: GlueErrorType, message: string) {
    super(message);
    this.type = type;
  }
}
