import { customAlphabet } from "nanoid";
import * as z from "zod";
import { Options } from "../conversion/options.ts";
import { ConversionError, ConversionResult, Progress } from "../conversion/reports.ts";
import { laneNames } from "../deployment.ts";
import { Filename } from "../storage/keys.ts";

// Letters and digits only: a double click selects the whole id, and it needs no quoting.
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
// 22 characters are 131 random bits. The id is part of the output's public URL, so it must be unguessable.
const length = 22;
const random = customAlphabet(alphabet, length);

export const JobId = z
  .string()
  .regex(new RegExp(`^job_[0-9A-Za-z]{${length}}$`), "is not a job id")
  .meta({ example: "job_7Hq2VXk0eCzRt5mWnPdYbA" });

export function createJobId(): string {
  return `job_${random()}`;
}

export const jobStatuses = [
  "PENDING_UPLOAD",
  "QUEUED",
  "RUNNING",
  "CANCELLING",
  "SUCCEEDED",
  "FAILED",
  "CANCELLED",
  "EXPIRED",
] as const;

export const JobStatus = z.enum(jobStatuses).meta({ id: "JobStatus", description: "Status of a job." });
export type JobStatus = z.infer<typeof JobStatus>;

/** Statuses that only a retry or a deletion leaves. */
export const EndedStatus = JobStatus.extract(["SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED"]);
export type EndedStatus = z.infer<typeof EndedStatus>;

export function isEnded(status: StoredStatus): status is EndedStatus {
  return EndedStatus.safeParse(status).success;
}

/** Statuses of an attempt, which begins when the job is queued. */
export const attemptStatuses = [
  "QUEUED",
  "RUNNING",
  "CANCELLING",
  "SUCCEEDED",
  "FAILED",
  "CANCELLED",
] as const satisfies JobStatus[];

/** Statuses as stored. A `DELETING` job no longer exists for callers; its record stays until its objects are deleted. */
export const storedStatuses = [...jobStatuses, "DELETING"] as const;
export type StoredStatus = (typeof storedStatuses)[number];

/** The allowed transitions. */
export const nextStatuses = {
  PENDING_UPLOAD: ["QUEUED", "FAILED", "EXPIRED", "DELETING"],
  QUEUED: ["RUNNING", "FAILED", "CANCELLED"],
  RUNNING: ["SUCCEEDED", "FAILED", "CANCELLING", "CANCELLED"],
  CANCELLING: ["CANCELLED", "SUCCEEDED", "FAILED"],
  SUCCEEDED: ["QUEUED", "DELETING"],
  FAILED: ["QUEUED", "DELETING"],
  CANCELLED: ["QUEUED", "DELETING"],
  EXPIRED: ["DELETING"],
  DELETING: [],
} as const satisfies Record<StoredStatus, readonly StoredStatus[]>;

export type NextStatus<From extends StoredStatus> = (typeof nextStatuses)[From][number];

const Timestamp = z.iso.datetime({ precision: 3 }).meta({ example: "2026-01-31T12:00:00.000Z" });
const Count = z.int().min(0);
// Not `.nullable()`: the OpenAPI generator drops the null of a named schema.
const orNull = <Schema extends z.ZodType>(schema: Schema) => z.union([schema, z.null()]);

export const Result = ConversionResult.extend({
  url: z.url().meta({ description: "Public URL of the output." }),
  indexUrl: z.url().nullable().meta({
    description:
      "URL of the index from rows to bytes, valid for at least ten minutes. Null without an index, and in responses other than GET /job-status/{jobId}.",
  }),
}).meta({ id: "Result" });
export type Result = z.infer<typeof Result>;

/** One attempt to convert a job's file. A job that was never triggered has none. */
export const Attempt = z
  .object({
    attempt: z.int().min(1),
    status: z.enum(attemptStatuses),
    lane: z.enum(laneNames).nullable().meta({
      description:
        "Where it ran. `lambda`: a Lambda function. `shell`: AWS Glue Python Shell. `spark`: AWS Glue for Spark. Null: the file was rejected before a run.",
    }),
    laneReason: z.string().nullable().meta({ description: "Why it ran there, for people." }),
    startedAt: Timestamp.meta({ description: "When the attempt was accepted." }),
    runningAt: Timestamp.nullable().meta({ description: "When its run started." }),
    endedAt: Timestamp.nullable(),
    runId: z.string().nullable(),
    options: Options,
    result: orNull(Result.omit({ columns: true, columnsOmitted: true })),
    error: orNull(ConversionError),
  })
  .meta({ id: "Attempt" });
export type Attempt = z.infer<typeof Attempt>;

export const Job = z
  .object({
    jobId: JobId,
    filename: Filename,
    status: JobStatus,
    createdAt: Timestamp,
    updatedAt: Timestamp,
    input: z.object({ bytes: Count }),
    options: Options,
    attempt: z.int().min(1).meta({ description: "Number of the current attempt; each retry adds one." }),
    startedAt: Timestamp.nullable().meta({ description: "When the current attempt was accepted." }),
    endedAt: Timestamp.nullable().meta({ description: "When the current attempt ended." }),
    attempts: z.array(Attempt).meta({ description: "All attempts, oldest first." }),
    progress: orNull(Progress).meta({
      description: "Live progress of a running job. Only from GET /job-status/{jobId}; otherwise null.",
    }),
    result: orNull(Result),
    error: orNull(ConversionError),
  })
  .meta({ id: "Job" });
export type Job = z.infer<typeof Job>;

/** A job in a list. */
export const JobSummary = Job.omit({ attempts: true }).meta({ id: "JobSummary" });
export type JobSummary = z.infer<typeof JobSummary>;
