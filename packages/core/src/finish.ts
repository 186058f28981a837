import type { EndedState, Run } from "./glue/runs.ts";
import type { JobRecord } from "./job/entity.ts";
import { findRecord } from "./job/find.ts";
import type { Manifest } from "./job/manifest.ts";
import { storedResult, trimmedError } from "./job/result.ts";
import type { ConversionError } from "./job/schema.ts";
import { cancelled, currentAttempt, fail, type Outcome, recordRun, succeed } from "./job/transitions.ts";
import { readManifest } from "./storage/output.ts";

type Ending =
  | { status: "SUCCEEDED"; manifest: Extract<Manifest, { status: "SUCCEEDED" }> }
  | { status: "FAILED"; error: ConversionError }
  | { status: "CANCELLED" };

const internal = (message: string): Ending => ({ status: "FAILED", error: { code: "internal", message } });

/** How an attempt ended, from Glue's word about its run and the run's own about the conversion. */
export const endingOf = (state: EndedState, message: string, manifest: Manifest | null): Ending => {
  switch (state) {
    case "SUCCEEDED":
      if (manifest?.status === "SUCCEEDED") return { status: "SUCCEEDED", manifest };
      if (manifest?.status === "FAILED") return { status: "FAILED", error: manifest.error };
      return internal("The conversion ended without saying what it wrote.");
    case "STOPPED":
      return { status: "CANCELLED" };
    case "TIMEOUT":
      return { status: "FAILED", error: { code: "timed_out", message: "The conversion took too long." } };
    case "EXPIRED":
      return {
        status: "FAILED",
        error: { code: "timed_out", message: "The conversion waited too long to start." },
      };
    case "FAILED":
    case "ERROR":
      if (manifest?.status === "FAILED") return { status: "FAILED", error: manifest.error };
      return internal(message ? `The conversion broke off: ${message}` : "The conversion broke off.");
  }
};

const end = (job: JobRecord, ending: Ending): Promise<Outcome> => {
  switch (ending.status) {
    case "SUCCEEDED":
      return succeed(job, storedResult(ending.manifest));
    case "FAILED":
      return fail(job, trimmedError(ending.error));
    case "CANCELLED":
      return cancelled(job);
  }
};

/**
 * Ends the attempt an ended run belongs to. May be told late, twice or in any order: an attempt that has ended, one that
 * has another run and a job that is gone stay as they are, and the answer is null. Else: the job, ended.
 */
export const endRun = async (
  run: Pick<Run, "runId" | "jobId" | "attempt" | "message"> & { state: EndedState },
): Promise<JobRecord | null> => {
  let job = await findRecord(run.jobId);
  let ending: Ending | undefined;
  while (job?.attempt === run.attempt) {
    if (job.status === "QUEUED") {
      // Faster than whoever started it could note so.
      job = (await recordRun(job, run.runId)).job;
      continue;
    }
    if (job.status !== "RUNNING" && job.status !== "CANCELLING") return null;
    if (currentAttempt(job)?.glueRunId !== run.runId) return null;
    ending ??= endingOf(run.state, run.message, await readManifest(job));
    const outcome = await end(job, ending);
    if (outcome.moved) return outcome.job;
    job = outcome.job;
  }
  return null;
};

/** Ends a running attempt whose run Glue does not know: the answer is the job, ended, or null if it has moved on. */
export const loseRun = async (job: JobRecord): Promise<JobRecord | null> => {
  const outcome = await end(job, internal("The conversion's run was lost."));
  return outcome.moved ? outcome.job : null;
};
