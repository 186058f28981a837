import * as z from "zod";
import { ConversionErrorCode } from "../errors.ts";
import { Filename } from "./filename.ts";
import { JobId } from "./id.ts";
import { Options } from "./options.ts";

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

const Timestamp = z.iso.datetime({ precision: 3 }).meta({ example: "2026-01-31T12:00:00.000Z" });
const Count = z.int().min(0);
// Not `.nullable()`: the OpenAPI generator would lose the null of a schema that has a name.
const orNull = <Schema extends z.ZodType>(schema: Schema) => z.union([schema, z.null()]);

export const ConversionError = z
  .object({ code: ConversionErrorCode, message: z.string() })
  .meta({ id: "ConversionError" });
export type ConversionError = z.infer<typeof ConversionError>;

/** Statuses an attempt can have: it begins when the job is queued. */
export const attemptStatuses = [
  "QUEUED",
  "RUNNING",
  "CANCELLING",
  "SUCCEEDED",
  "FAILED",
  "CANCELLED",
] as const satisfies JobStatus[];

export const Progress = z
  .object({
    rows: Count.meta({ description: "Rows written so far." }),
    totalRows: Count.meta({ description: "Rows there will be." }),
    outputBytes: Count.meta({ description: "Bytes of output so far." }),
  })
  .meta({ id: "Progress" });
export type Progress = z.infer<typeof Progress>;

export const Column = z
  .object({
    name: z.string(),
    type: z.string().meta({ description: "Readable logical type.", example: "list<int32>" }),
  })
  .meta({ id: "Column" });
export type Column = z.infer<typeof Column>;

export const Result = z
  .object({
    rows: Count,
    bytes: Count.meta({ description: "Size of the output object." }),
    url: z.url().meta({ description: "Public address of the output." }),
    indexUrl: z.url().nullable().meta({
      description:
        "Address of the index from rows to bytes, good for at least ten minutes, from GET /job-status/{jobId}; otherwise null, and where there is no index.",
    }),
    filename: z.string(),
    contentType: z.string(),
    durationMs: Count,
    columns: z.array(Column),
    columnsOmitted: Count.meta({
      description: "How many further columns `columns` leaves out, for a file with very many.",
    }),
  })
  .meta({ id: "Result" });
export type Result = z.infer<typeof Result>;

/** A result as it is stored: addresses are made when it is shown. */
export type StoredResult = Omit<Result, "url" | "indexUrl"> & {
  /** Its run wrote an index. Absent: false, as before there were any. */
  indexed?: boolean;
};

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
