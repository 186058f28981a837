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

/** One attempt at converting a job's file. A job that was never triggered has none. */
export const Attempt = z
  .object({
    attempt: z.int().min(1),
    status: JobStatus.exclude(["PENDING_UPLOAD", "EXPIRED"]),
    startedAt: Timestamp.meta({ description: "When the attempt was accepted." }),
    runningAt: Timestamp.nullable().meta({
      description: "When its Glue run was known. Null before, and for attempts made before this was kept.",
    }),
    endedAt: Timestamp.nullable(),
    glueRunId: z.string().nullable(),
    error: orNull(ConversionError),
  })
  .meta({ id: "Attempt" });
export type Attempt = z.infer<typeof Attempt>;

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

export const Job = z
  .object({
    jobId: JobId,
    filename: Filename,
    status: JobStatus,
    createdAt: Timestamp,
    updatedAt: Timestamp,
    input: z.object({ bytes: Count }),
    options: Options,
    attempt: z.int().min(1).meta({ description: "Number of the current attempt; a retry counts it up." }),
    attempts: z.array(Attempt).meta({ description: "Every attempt made, oldest first." }),
    progress: orNull(Progress).meta({
      description: "Live, while the job runs, from GET /job-status/{jobId}; otherwise null.",
    }),
    result: orNull(Result),
    error: orNull(ConversionError),
  })
  .meta({ id: "Job" });
export type Job = z.infer<typeof Job>;
