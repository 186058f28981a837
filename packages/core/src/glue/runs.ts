import {
  BatchStopJobRunCommand,
  GetJobRunCommand,
  type JobRun,
  paginateGetJobRuns,
  StartJobRunCommand,
} from "@aws-sdk/client-glue";
import { Resource } from "sst";
import { glue, glueWithoutRetries, inputBucket, outputBucket } from "../aws.ts";
import type { Options } from "../conversion/options.ts";
import { glueCapacities } from "../deployment.ts";
import { hasName, isClientError, isThrottling } from "../errors.ts";
import { inputKey, outputKey, reportsFolder } from "../storage/keys.ts";

/** Name of the Glue job that converts. */
export function glueJobName() {
  return Resource.GlueJob.name;
}

/** A run of the Glue job, and its attempt. */
export interface Run {
  runId: string;
  jobId: string;
  attempt: number;
  /** One of https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-runs.html */
  state: string;
  message: string;
  startedAt: Date;
  endedAt?: Date;
  /** Billed time, without waiting and starting. 0 until the run has ended. */
  executionSeconds: number;
  /** DPU. */
  capacity: number;
}

export const endedStates = ["SUCCEEDED", "FAILED", "ERROR", "TIMEOUT", "STOPPED", "EXPIRED"] as const;
export type EndedState = (typeof endedStates)[number];

export function isEndedState(state: string): state is EndedState {
  return (endedStates as readonly string[]).includes(state);
}

/** Options as arguments: `nonFinite` becomes `--non-finite`, and lists become JSON. */
function optionArguments(options: Options): Record<string, string> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      typeof value === "object" ? JSON.stringify(value) : String(value),
    ]),
  );
}

/** An attempt to run. */
interface RunRequest {
  jobId: string;
  attempt: number;
  filename: string;
  etag?: string | undefined;
  options: Options;
  /** DPU. */
  capacity?: number | undefined;
}

/** The converter's arguments. */
function argumentsFor(job: RunRequest): Record<string, string> {
  const { outputMaxBytes, outputMaxRows } = Resource.Limits;
  return {
    "--job-id": job.jobId,
    "--attempt": String(job.attempt),
    "--input": `s3://${inputBucket()}/${inputKey(job)}`,
    ...(job.etag && { "--input-etag": job.etag }),
    "--output": `s3://${outputBucket()}/${outputKey(job)}`,
    "--reports": `s3://${outputBucket()}/${reportsFolder(job)}`,
    "--max-bytes": String(outputMaxBytes),
    "--max-rows": String(outputMaxRows),
    ...optionArguments(job.options),
  };
}

/**
 * `busy`: nothing was started, but a retry may succeed. `rejected`: a retry would fail as well. `unknown`: the response was
 * lost, so there may be a run.
 */
export type StartResult =
  | { kind: "started"; runId: string }
  | { kind: "busy" | "rejected" | "unknown"; cause: unknown };

/** Starts a run of an attempt. */
export async function startRun(job: RunRequest): Promise<StartResult> {
  try {
    const { JobRunId: runId } = await glueWithoutRetries().send(
      new StartJobRunCommand({
        JobName: glueJobName(),
        Arguments: argumentsFor(job),
        MaxCapacity: job.capacity ?? glueCapacities.sixteenth,
      }),
    );
    return runId ? { kind: "started", runId } : { kind: "unknown", cause: "Glue returned no run id" };
  } catch (cause) {
    const full = hasName(cause, "ConcurrentRunsExceededException", "ResourceNumberLimitExceededException");
    if (full || isThrottling(cause)) return { kind: "busy", cause };
    // OperationTimeoutException is a 400, too, but the run may have started.
    if (isClientError(cause) && !hasName(cause, "OperationTimeoutException"))
      return { kind: "rejected", cause };
    return { kind: "unknown", cause };
  }
}

/** Null for a run started by hand, without the arguments that name its attempt. */
function toRun(run: JobRun): Run | null {
  const jobId = run.Arguments?.["--job-id"];
  const attempt = Number(run.Arguments?.["--attempt"]);
  if (!run.Id || !jobId || !Number.isInteger(attempt)) return null;
  return {
    runId: run.Id,
    jobId,
    attempt,
    state: run.JobRunState ?? "STARTING",
    message: run.ErrorMessage ?? "",
    startedAt: run.StartedOn ?? new Date(),
    ...(run.CompletedOn && { endedAt: run.CompletedOn }),
    executionSeconds: run.ExecutionTime ?? 0,
    capacity: run.MaxCapacity ?? 0,
  };
}

/** Finds a run. Null if Glue does not know it, or if it has no attempt. */
export async function findRun(runId: string): Promise<Run | null> {
  try {
    const { JobRun: run } = await glue().send(new GetJobRunCommand({ JobName: glueJobName(), RunId: runId }));
    return run ? toRun(run) : null;
  } catch (error) {
    if (hasName(error, "EntityNotFoundException")) return null;
    throw error;
  }
}

/** More than a stage can start within the time that the reconciler looks back. */
const pagesMax = 50;
const pageSize = 200;

/** Lists the runs started since, newest first. `complete` is false if there are too many to read. */
export async function runsSince(since: Date): Promise<{ runs: Run[]; complete: boolean }> {
  const runs: Run[] = [];
  let pages = 0;
  const query = { JobName: glueJobName(), MaxResults: pageSize };
  for await (const { JobRuns = [] } of paginateGetJobRuns({ client: glue() }, query)) {
    const found = JobRuns.flatMap((run) => toRun(run) ?? []);
    const recent = found.filter(({ startedAt }) => startedAt >= since);
    runs.push(...recent);
    if (recent.length < found.length) break;
    pages += 1;
    if (pages === pagesMax) return { runs, complete: false };
  }
  return { runs, complete: true };
}

/** Errors for a run that has ended or does not exist. */
const alreadyEnded = new Set(["JobRunInvalidStateTransitionException", "EntityNotFoundException"]);

/** Asks Glue to stop a run, unless it has ended. Throws if Glue rejects the request. */
export async function stopRun(runId: string): Promise<void> {
  const { Errors = [] } = await glue().send(
    new BatchStopJobRunCommand({ JobName: glueJobName(), JobRunIds: [runId] }),
  );
  const refused = Errors.find(({ ErrorDetail }) => !alreadyEnded.has(ErrorDetail?.ErrorCode ?? ""));
  if (!refused) return;
  const { ErrorCode, ErrorMessage } = refused.ErrorDetail ?? {};
  throw new Error(`Glue did not stop run ${runId}: ${ErrorCode} ${ErrorMessage}`);
}

/** Glue bills Python Shell runs by the second, with a minimum of one minute: https://aws.amazon.com/glue/pricing/ */
export function dpuSecondsOf({ executionSeconds, capacity }: Run): number {
  return executionSeconds > 0 ? Math.max(60, executionSeconds) * capacity : 0;
}

/** The DPU for the next attempt: a full one for a large input, or if the last attempt ran out of time or memory. */
export function capacityFor(
  job: { capacity?: number | undefined; error?: { code: string } | undefined },
  bytes: number,
): number {
  const { sixteenth, whole } = glueCapacities;
  const hadTooLittle = job.error?.code === "timed_out" || job.error?.code === "out_of_memory";
  const isLarge = bytes >= Resource.GlueJob.wholeDpuFrom;
  return isLarge || hadTooLittle || job.capacity === whole ? whole : sixteenth;
}
