import { isValidationError } from "./aws/errors.ts";
import type { ConversionErrorCode } from "./errors.ts";
import { dpuSecondsOf, type EndedState, type Run } from "./glue/runs.ts";
import type { JobRecord } from "./job/entity.ts";
import type { Manifest } from "./job/manifest.ts";
import { findRecord, type TransitionResult } from "./job/record.ts";
import { storedResult, trimmedError } from "./job/result.ts";
import type { ConversionError } from "./job/schema.ts";
import { cancelled, fail, recordRun, succeed, type Usage } from "./job/transitions.ts";
import { readManifest } from "./storage/output.ts";

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
