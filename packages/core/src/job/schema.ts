import { customAlphabet } from "nanoid";
import * as z from "zod";
import { Options } from "../conversion/options.ts";
import { ConversionError, Progress, Result } from "../conversion/reports.ts";
import { Filename } from "../storage/keys.ts";

// Letters and digits only: a double click selects the whole id, and no shell or URL needs it quoted.
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
// 62^22 is 2^130.9. The id is part of the output's public URL, so it has to be unguessable.
const length = 22;
const random = customAlphabet(alphabet, length);

export const JobId = z
  .string()
  .regex(new RegExp(`^job_[0-9A-Za-z]{${length}}$`), "is not a job's id")
  .meta({ example: "job_7Hq2VXk0eCzRt5mWnPdYbA" });

export const createJobId = (): string => `job_${random()}`;

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

export const JobStatus = z.enum(jobStatuses).meta({ id: "JobStatus", description: "Where a job stands." });
export type JobStatus = z.infer<typeof JobStatus>;

/** Statuses nothing but a retry or a deletion leaves. */
export const EndedStatus = JobStatus.extract(["SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED"]);
export type EndedStatus = z.infer<typeof EndedStatus>;

export const isEnded = (status: JobStatus): status is EndedStatus => EndedStatus.safeParse(status).success;

/** Statuses an attempt can have: it begins when the job is queued. */
export const attemptStatuses = [
  "QUEUED",
  "RUNNING",
  "CANCELLING",
  "SUCCEEDED",
  "FAILED",
  "CANCELLED",
] as const satisfies JobStatus[];

/**
 * Statuses as stored. `DELETING` is never shown: such a job no longer exists for a caller, and its record stays only
 * until its objects are gone.
 */
export const storedStatuses = [...jobStatuses, "DELETING"] as const;
export type StoredStatus = (typeof storedStatuses)[number];

/** Which status may follow which. Every write to a job's status follows one of these, or does not happen. */
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
// Not `.nullable()`: the OpenAPI generator would lose the null of a schema that has a name.
const orNull = <Schema extends z.ZodType>(schema: Schema) => z.union([schema, z.null()]);

/** One attempt at converting a job's file. A job that was never triggered has none. */
export const Attempt = z
  .object({
    attempt: z.int().min(1),
    status: z.enum(attemptStatuses),
    lane: z.enum(["shell"]).nullable().meta({
      description: "What ran it. `shell`: AWS Glue Python Shell. Null: the file was refused before a run.",
    }),
    startedAt: Timestamp.meta({ description: "When the attempt was accepted." }),
    runningAt: Timestamp.nullable().meta({ description: "When its run was known." }),
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
    attempts: z.array(Attempt).meta({ description: "Every attempt made, oldest first." }),
    progress: orNull(Progress).meta({
      description: "Live, while the job runs, from GET /job-status/{jobId}; otherwise null.",
    }),
    result: orNull(Result),
    error: orNull(ConversionError),
  })
  .meta({ id: "Job" });
export type Job = z.infer<typeof Job>;

/** A job as a list shows it. */
export const JobSummary = Job.omit({ attempts: true }).meta({ id: "JobSummary" });
export type JobSummary = z.infer<typeof JobSummary>;
