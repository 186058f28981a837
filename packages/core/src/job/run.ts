import { Resource } from "sst";
import type { Options } from "../conversion/options.ts";
import type { Column, ConversionError, Manifest } from "../conversion/reports.ts";
import { type ConversionErrorCode, isValidationError, UnparquetError } from "../errors.ts";
import { chooseLane } from "../lanes/choose.ts";
import type { EndedRun } from "../lanes/lane.ts";
import { laneOf } from "../lanes/lanes.ts";
import { workersFor } from "../lanes/spark.ts";
import { truncateUtf8 } from "../storage/keys.ts";
import { abortOutputUploads } from "../storage/objects.ts";
import { readManifest } from "../storage/output.ts";
import { type FirstLook, lookAt, lookAtBytes } from "./first-look.ts";
import {
  findJob,
  findRecord,
  type JobRecord,
  type StoredResult,
  type TransitionResult,
  wrongStatus,
} from "./record.ts";
import { isEnded } from "./schema.ts";
import {
  type CheckedInput,
  cancelled,
  fail,
  queue,
  queueAgain,
  recordRun,
  rejectInput,
  releaseStart,
  requestCancel,
  succeed,
  type Usage,
} from "./transitions.ts";
import { type NewUpload, uploadDirectly } from "./upload.ts";

/** The job after a request, and the error, for the log, of a step that the reconciler will retry. */
export interface ActionResult {
  job: JobRecord;
  error?: unknown;
}

/** `accepted` is false if an earlier request already started the job. */
export interface TriggerResult extends ActionResult {
  accepted: boolean;
}

/** Attempts a job may have, counting the first. */
const attemptsMax = 100;

/** Result of a trigger that finds the job already past `PENDING_UPLOAD`. */
function alreadyTriggered(job: JobRecord): TriggerResult {
  switch (job.status) {
    case "QUEUED":
    case "RUNNING":
      return { job, accepted: false };
    case "SUCCEEDED":
    case "FAILED":
    case "CANCELLED":
      throw wrongStatus(job, "retry it instead.");
    case "CANCELLING":
      throw wrongStatus(job, "retry it once it is cancelled.");
    default:
      throw wrongStatus(job, "it cannot be triggered.");
  }
}

type Accepted = Extract<FirstLook, { ok: true }>;

function checked(job: JobRecord, look: Accepted, options: Options): CheckedInput {
  const { bytes, etag, predictedBytes } = look;
  const sparkMinBytes = Resource.SparkJob.outputMinBytes;
  const lambdaMaxBytes = Resource.ConverterFunction.outputMaxBytes;
  const choice = chooseLane({ bytes, predictedBytes, lambdaMaxBytes, sparkMinBytes, last: job });
  // A smaller output is here because a whole DPU did not suffice for it.
  const sparkBytes = Math.max(predictedBytes ?? bytes, sparkMinBytes);
  const workers = choice.lane === "spark" ? workersFor(sparkBytes) : undefined;
  return { bytes, etag, options, ...choice, workers };
}

async function queueAndStart(job: JobRecord, look: Accepted, options: Options): Promise<TriggerResult> {
  const { applied, job: now } = await queue(job, checked(job, look, options));
  return applied ? start(now) : alreadyTriggered(now);
}

async function start(job: JobRecord): Promise<TriggerResult> {
  return { ...(await startAttempt(job)), accepted: true };
}

/**
 * Starts a job whose file is uploaded. Throws `job_not_found`, `input_missing`, `wrong_status`, `throttled`, or the code of an
 * error that the first look at the file finds. If no options could avoid that error, it fails the job.
 */
export async function triggerJob(jobId: string, given?: Options): Promise<TriggerResult> {
  const job = await findJob(jobId);
  if (job.status !== "PENDING_UPLOAD") return alreadyTriggered(job);
  const options = given ?? job.options;
  const look = await lookAt(job, options);
  if (!look.ok) {
    if (!look.isOptionError) {
      const { applied, job: now } = await rejectInput(job, look.error, options);
      if (!applied) return alreadyTriggered(now);
    }
    throw new UnparquetError(look.error.code, look.error.message);
  }
  return queueAndStart(job, look, options);
}

/**
 * Creates a job with its file and starts it. Throws like `triggerJob`; an error of the first look creates no job.
 */
export async function convertDirectly(
  upload: NewUpload,
  body: Uint8Array,
  options: Options,
): Promise<TriggerResult> {
  const look = await lookAtBytes(body, options);
  if (!look.ok) throw new UnparquetError(look.error.code, look.error.message);
  const { job, etag } = await uploadDirectly(upload, body);
  return queueAndStart(job, { ...look, etag }, options);
}

const longestPause = 500;

/** Waits for a job to end, for at most this many milliseconds. */
export async function waitForEnd(job: JobRecord, milliseconds: number): Promise<JobRecord> {
  const deadline = Date.now() + milliseconds;
  let now = job;
  for (
    let pause = 20;
    !isEnded(now.status) && Date.now() < deadline;
    pause = Math.min(longestPause, 1.2 * pause)
  ) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    now = await findJob(job.jobId);
  }
  return now;
}

/**
 * Converts an ended job again as a new attempt and keeps earlier results. Throws like `triggerJob`, but an
 * error of the first look does not change the job.
 */
export async function retryJob(jobId: string, given?: Options): Promise<TriggerResult> {
  const job = await findJob(jobId);
  const hint = "only one that succeeded, failed or was cancelled can be converted again.";
  if (job.status !== "SUCCEEDED" && job.status !== "FAILED" && job.status !== "CANCELLED") {
    throw wrongStatus(job, hint);
  }
  if (job.attempt >= attemptsMax) {
    throw new UnparquetError("wrong_status", `The job has had ${attemptsMax} attempts. Create a new one.`);
  }
  const options = given ?? job.options;
  const look = await lookAt(job, options);
  if (!look.ok) throw new UnparquetError(look.error.code, look.error.message);
  const { applied, job: now } = await queueAgain(job, checked(job, look, options));
  if (!applied) throw wrongStatus(now, hint);
  return start(now);
}

/**
 * Assigns a run to its attempt, or stops the run if the attempt has ended or already has another run. The reconciler finds runs
 * that could not be stopped.
 */
export async function adoptRun(job: JobRecord, runId: string): Promise<ActionResult> {
  const { applied, job: now } = await recordRun(job, runId);
  const isAssigned = applied || (now.attempt === job.attempt && now.runId === runId);
  if (isAssigned) return { job: now };
  try {
    await laneOf(job).stop({ ...job, runId });
    return { job: now };
  } catch (error) {
    return { job: now, error };
  }
}

/** Starts the run of a QUEUED job that the caller has claimed. The job stays QUEUED if a later start may succeed. */
export async function startAttempt(job: JobRecord): Promise<ActionResult> {
  const start = await laneOf(job).start(job);
  switch (start.kind) {
    case "started":
      return adoptRun(job, start.runId);
    case "busy":
      return { job: (await releaseStart(job)).job };
    case "rejected": {
      const error = { code: "internal", message: "The conversion could not be started." } as const;
      const unused = { outputBytes: 0 };
      return { job: (await fail(job, error, unused)).job, error: start.cause };
    }
    case "unknown":
      // Keep the claim: once it has expired, the reconciler can tell whether there is a run.
      return { job, error: start.cause };
  }
}

/**
 * Cancels a queued or running job. Idempotent: repeating the call asks again for the run to be stopped. `error` is set if the run
 * could not be stopped yet. Throws `job_not_found` or `wrong_status`.
 */
export async function cancelJob(jobId: string): Promise<ActionResult> {
  const { job } = await requestCancel(await findJob(jobId));
  if (job.status !== "CANCELLED" && job.status !== "CANCELLING") {
    throw wrongStatus(job, "there is nothing to cancel.");
  }
  try {
    // Also if it is cancelled: its run may be about to start.
    await laneOf(job).stop(job);
    return { job };
  } catch (error) {
    return { job, error };
  }
}

type Ending =
  | { status: "SUCCEEDED"; manifest: Extract<Manifest, { status: "SUCCEEDED" }> }
  | { status: "FAILED"; error: ConversionError }
  | { status: "CANCELLED" };

function failure(code: ConversionErrorCode, message: string): Ending {
  return { status: "FAILED", error: { code, message } };
}

/**
 * Decides how an attempt ended, from the state of its run and its manifest. A successful manifest is written after the output
 * is complete, so it wins over a run that failed later.
 */
export function endingOf(
  { state, message }: Pick<EndedRun, "state" | "message">,
  manifest: Manifest | null,
): Ending {
  if (state === "STOPPED") return { status: "CANCELLED" };
  if (manifest?.status === "SUCCEEDED") return { status: "SUCCEEDED", manifest };
  switch (state) {
    case "TIMED_OUT":
      return failure("timed_out", "The conversion took too long.");
    case "NO_CAPACITY":
      return failure("stopped", "AWS had no capacity for the conversion. Try again later.");
    default:
      if (manifest) return { status: "FAILED", error: manifest.error };
      if (state === "SUCCEEDED") return failure("internal", "The conversion ended without a report.");
      if (state === "OUT_OF_MEMORY") return failure("out_of_memory", "The conversion ran out of memory.");
      return failure(
        "internal",
        message ? `The conversion stopped unexpectedly: ${message}` : "The conversion stopped unexpectedly.",
      );
  }
}

/** Ends an attempt. Unless it succeeded, no part that it uploaded stays. */
async function end(job: JobRecord, ending: Ending, used: Usage | undefined): Promise<TransitionResult> {
  if (ending.status !== "SUCCEEDED") await abortOutputUploads(job);
  switch (ending.status) {
    case "SUCCEEDED":
      try {
        return await succeed(job, storedResult(ending.manifest), used);
      } catch (error) {
        // DynamoDB would reject this record every time, and the job would never end.
        if (!isValidationError(error)) throw error;
        return fail(job, { code: "internal", message: "The result could not be recorded." }, used);
      }
    case "FAILED":
      return fail(job, trimmedError(ending.error), used);
    case "CANCELLED":
      return cancelled(job, used);
  }
}

/**
 * Records the end of a run and returns the ended job. Idempotent: late, duplicate or reordered events, and those of a run that
 * is not the attempt's, change nothing and return null.
 */
export async function endRun(run: EndedRun): Promise<JobRecord | null> {
  let job = await findRecord(run.jobId);
  if (job?.status === "QUEUED" && job.attempt === run.attempt) {
    // The run ended before the function that started it could record it.
    ({ job } = await recordRun(job, run.runId));
  }
  const isUnended = job?.status === "QUEUED" || job?.status === "RUNNING" || job?.status === "CANCELLING";
  if (job?.attempt !== run.attempt || !isUnended) {
    // The run began or was stopped after its attempt had ended.
    if (run.state !== "SUCCEEDED") await abortOutputUploads(run);
    return null;
  }
  if (job.runId !== run.runId) return null;
  const manifest = run.state === "STOPPED" ? null : await readManifest(job);
  const ending = endingOf(run, manifest);
  const outputBytes = ending.status === "SUCCEEDED" ? ending.manifest.bytes : 0;
  const ended = await end(job, ending, { outputBytes, ...run.billed });
  return ended.applied ? ended.job : null;
}

/** Fails an attempt whose run its lane does not know. Returns the ended job, or null if the job has changed. */
export async function loseRun(job: JobRecord): Promise<JobRecord | null> {
  await abortOutputUploads(job);
  const failed = await fail(job, { code: "internal", message: "The conversion's run was lost." });
  return failed.applied ? failed.job : null;
}

// DynamoDB limits an item to 400 KB and bills reads by size. Options take up to 16 KiB; other fields are small.
const columnsMaxBytes = 32 * 1024;
const messageMaxBytes = 4 * 1024;

/** The result to store in the job's record, with as many columns as fit. */
function storedResult({
  status: _,
  columns: all,
  ...result
}: Extract<Manifest, { status: "SUCCEEDED" }>): StoredResult {
  const columns: Column[] = [];
  let bytes = 0;
  for (const column of all) {
    bytes += Buffer.byteLength(JSON.stringify(column));
    if (bytes > columnsMaxBytes) break;
    columns.push(column);
  }
  return { ...result, columns, columnsOmitted: result.columnsOmitted + all.length - columns.length };
}

function trimmedError({ code, message }: ConversionError): ConversionError {
  if (Buffer.byteLength(message) <= messageMaxBytes) return { code, message: message.toWellFormed() };
  return { code, message: `${truncateUtf8(message.toWellFormed(), messageMaxBytes - 3)}…` };
}
