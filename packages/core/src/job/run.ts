import type { Options } from "../conversion/options.ts";
import type { Column, ConversionError, Manifest, StoredResult } from "../conversion/reports.ts";
import { type ConversionErrorCode, isValidationError, UnparquetError } from "../errors.ts";
import { dpuSecondsOf, type EndedState, type Run, startRun, stopRun } from "../glue/runs.ts";
import { checkInput } from "../storage/input.ts";
import { readManifest } from "../storage/output.ts";
import {
  findJob,
  findRecord,
  type JobRecord,
  type TransitionResult,
  type VisibleJob,
  visible,
} from "./record.ts";
import {
  askCancel,
  cancelled,
  fail,
  queue,
  queueAgain,
  recordRun,
  rejectInput,
  releaseStart,
  succeed,
  type Usage,
} from "./transitions.ts";

/** A job that was asked to run. `accepted`: this call made it run. `error`: for the log; the start will be tried again. */
export interface TriggerResult {
  job: VisibleJob;
  accepted: boolean;
  error?: unknown;
}

/** Attempts a job may have. */
const attemptsMax = 100;

const wrongStatus = (job: JobRecord, hint: string) =>
  new UnparquetError("wrong_status", `The job is ${job.status}: ${hint}`);

/** The answer to a trigger that comes late: the job runs already, or cannot be triggered any more. */
function triggeredBefore(job: VisibleJob): TriggerResult {
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

async function start(job: JobRecord): Promise<TriggerResult> {
  const step = await startAttempt(job);
  return { ...step, job: visible(step.job, job.jobId), accepted: true };
}

/**
 * Runs a job whose file is uploaded. Throws `job_not_found`, `input_missing`, `wrong_status`, `throttled`, or the code the file
 * is refused with: then the job is FAILED with the same code.
 */
export async function triggerJob(jobId: string, given?: Options): Promise<TriggerResult> {
  const job = await findJob(jobId);
  if (job.status !== "PENDING_UPLOAD") return triggeredBefore(job);
  const options = given ?? job.options;
  const check = await checkInput(job);
  const { applied, job: now } = check.ok
    ? await queue(job, { bytes: check.bytes, etag: check.etag, options })
    : await rejectInput(job, check.error, options);
  if (!applied) return triggeredBefore(visible(now, jobId));
  if (!check.ok) throw new UnparquetError(check.error.code, check.error.message);
  return start(now);
}

/**
 * Converts an ended job again, as a new attempt; earlier results stay. Throws like `triggerJob`, but leaves a job whose file it
 * refuses as it is.
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
  const check = await checkInput(job);
  if (!check.ok) throw new UnparquetError(check.error.code, check.error.message);
  const input = { bytes: check.bytes, etag: check.etag, options: given ?? job.options };
  const { applied, job: now } = await queueAgain(job, input);
  if (!applied) throw wrongStatus(visible(now, jobId), hint);
  return start(now);
}

/** A job after something was done to it, and an error to log: what failed will be tried again. */
export interface Step {
  job: JobRecord | null;
  error?: unknown;
}

/**
 * Makes a run the one of its attempt. If the attempt has ended meanwhile, or has another run already, the run is stopped: at
 * most one run of an attempt counts. A run that cannot be stopped is found again by the reconciler.
 */
export async function adoptRun(job: JobRecord, runId: string): Promise<Step> {
  const { applied, job: now } = await recordRun(job, runId);
  const known = applied || (now?.attempt === job.attempt && now.runId === runId);
  if (known) return { job: now };
  try {
    await stopRun(runId);
    return { job: now };
  } catch (error) {
    return { job: now, error };
  }
}

/** Starts the run of a QUEUED job; the caller holds the claim to do so. Leaves the job QUEUED where it may work later. */
export async function startAttempt(job: JobRecord): Promise<Step> {
  const start = await startRun(job);
  switch (start.kind) {
    case "started":
      return adoptRun(job, start.runId);
    case "busy":
      return { job: (await releaseStart(job)).job };
    case "refused": {
      const error = { code: "internal", message: "The conversion could not be started." } as const;
      const unused = { outputBytes: 0, dpuSeconds: 0 };
      return { job: (await fail(job, error, unused)).job, error: start.cause };
    }
    case "unknown":
      // The claim stays until it is old; by then the run can be found, if there is one.
      return { job, error: start.cause };
  }
}

/**
 * Cancels a queued or running job. Repeating the call asks Glue again to stop the run, and is no error once the job is
 * cancelled. `error`: the run could not be stopped yet; the reconciler asks again. Throws `job_not_found` or `wrong_status`.
 */
export async function cancelJob(jobId: string): Promise<{ job: VisibleJob; error?: unknown }> {
  const { job: now } = await askCancel(await findJob(jobId));
  const job = visible(now, jobId);
  if (job.status === "CANCELLED") return { job };
  if (job.status !== "CANCELLING") {
    throw new UnparquetError("wrong_status", `The job is ${job.status}: there is nothing to cancel.`);
  }
  try {
    if (job.runId) await stopRun(job.runId);
    return { job };
  } catch (error) {
    return { job, error };
  }
}

type Ending =
  | { status: "SUCCEEDED"; manifest: Extract<Manifest, { status: "SUCCEEDED" }> }
  | { status: "FAILED"; error: ConversionError }
  | { status: "CANCELLED" };

const failure = (code: ConversionErrorCode, message: string): Ending => ({
  status: "FAILED",
  error: { code, message },
});

/** What Glue, a shell or the embedded Glue say of a process that the kernel killed for its memory. */
const killed = /out of memory|\bSIGKILL\b|exit code:? (?:137|-9)\b/i;

/**
 * How an attempt ended, from what Glue says of its run and what the run reported. A manifest of success is written once the
 * output is complete, so it counts whatever became of the run afterwards.
 */
export function endingOf(state: EndedState, message: string, manifest: Manifest | null): Ending {
  if (state === "STOPPED") return { status: "CANCELLED" };
  if (manifest?.status === "SUCCEEDED") return { status: "SUCCEEDED", manifest };
  switch (state) {
    case "TIMEOUT":
      return failure("timed_out", "The conversion took too long.");
    case "EXPIRED":
      return failure("stopped", "Glue had no capacity for the conversion and gave it up. Try again later.");
    default:
      if (manifest) return { status: "FAILED", error: manifest.error };
      if (state === "SUCCEEDED") return failure("internal", "The conversion ended without a report.");
      if (killed.test(message)) return failure("out_of_memory", "The conversion ran out of memory.");
      return failure(
        "internal",
        message ? `The conversion broke off: ${message}` : "The conversion broke off.",
      );
  }
}

async function end(job: JobRecord, ending: Ending, used: Usage | undefined): Promise<TransitionResult> {
  switch (ending.status) {
    case "SUCCEEDED":
      try {
        return await succeed(job, storedResult(ending.manifest), used);
      } catch (error) {
        // A record that DynamoDB refuses once it refuses always, and the job would never end.
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
 * Ends the attempt of a run that has ended. Idempotent: late, repeated or reordered calls, and those for an attempt that has
 * another run, change nothing and answer null. Otherwise answers the job, ended.
 */
export async function endRun(run: Run & { state: EndedState }): Promise<JobRecord | null> {
  let job = await findRecord(run.jobId);
  if (job?.status === "QUEUED" && job.attempt === run.attempt) {
    // It was faster than the function that started it.
    ({ job } = await recordRun(job, run.runId));
  }
  if (job?.attempt !== run.attempt || job.runId !== run.runId) return null;
  if (job.status !== "RUNNING" && job.status !== "CANCELLING") return null;
  const manifest = run.state === "STOPPED" ? null : await readManifest(job);
  const ending = endingOf(run.state, run.message, manifest);
  const outputBytes = ending.status === "SUCCEEDED" ? ending.manifest.bytes : 0;
  const ended = await end(job, ending, { outputBytes, dpuSeconds: dpuSecondsOf(run) });
  return ended.applied ? ended.job : null;
}

/** Fails a running attempt whose run Glue does not know: the answer is the job, ended, or null if it has changed. */
export async function loseRun(job: JobRecord): Promise<JobRecord | null> {
  const error = { code: "internal", message: "The conversion's run was lost." } as const;
  const outcome = await fail(job, error);
  return outcome.applied ? outcome.job : null;
}

// An item has at most 400 KB, and each read of a job costs by its size. Options take up to 16 KiB, the rest next to nothing.
const columnsMaxBytes = 32 * 1024;
const messageMaxBytes = 4 * 1024;

/** What of a manifest is kept in the job's record: all but the columns that would make it too large. */
export function storedResult({
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

export function trimmedError({ code, message }: ConversionError): ConversionError {
  return { code, message: truncateUtf8(message, messageMaxBytes) };
}

/** The longest beginning of a text that has at most that many bytes in UTF-8, with an ellipsis in place of the rest. */
function truncateUtf8(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return bytes.toString();
  const ellipsis = "…";
  let end = maxBytes - Buffer.byteLength(ellipsis);
  // Bytes 10xxxxxx continue a character.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString("utf8", 0, end) + ellipsis;
}
