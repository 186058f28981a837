import {
  BatchStopJobRunCommand,
  GetJobRunCommand,
  type JobRun,
  paginateGetJobRuns,
  StartJobRunCommand,
} from "@aws-sdk/client-glue";
import { Resource } from "sst";
import { glue, glueOnce, inputBucket, outputBucket } from "../aws.ts";
import type { Options } from "../conversion/options.ts";
import { glueCapacities } from "../deployment.ts";
import { hasName, isClientError, isThrottling } from "../errors.ts";
import type { JobRecord } from "../job/record.ts";
import { inputKey, outputKey, reportsFolder } from "../storage/keys.ts";

/** Name of the Glue job that converts. */
export const glueJobName = () => Resource.GlueJob.name;

/** A run of the Glue job, with the attempt it was started for. */
export interface Run {
  runId: string;
  jobId: string;
  attempt: number;
  /** As Glue says it: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-runs.html */
  state: string;
  message: string;
  startedAt: Date;
  endedAt?: Date;
  /** How long it took resources, waiting and starting not counted. 0 until it has ended. */
  executionSeconds: number;
  /** DPU. */
  capacity: number;
}

export const endedStates = ["SUCCEEDED", "FAILED", "ERROR", "TIMEOUT", "STOPPED", "EXPIRED"] as const;
export type EndedState = (typeof endedStates)[number];

export const isEndedState = (state: string): state is EndedState =>
  (endedStates as readonly string[]).includes(state);

/** Options as arguments: `nonFinite` is `--non-finite`, and lists are JSON. */
const optionArguments = (options: Options): Record<string, string> =>
  Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      typeof value === "object" ? JSON.stringify(value) : String(value),
    ]),
  );

/** The converter's arguments. All are strings; those without a value are left out. */
const argumentsFor = (job: JobRecord): Record<string, string> => {
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
};

/**
 * What became of a start. `busy`: nothing was started, for now. `refused`: nothing was started, and never will be.
 * `unknown`: no answer came, so there may be a run.
 */
export type Start =
  | { kind: "started"; runId: string }
  | { kind: "busy" | "refused" | "unknown"; cause: unknown };

/** Starts a run of the job's current attempt. */
export const startRun = async (job: JobRecord): Promise<Start> => {
  try {
    const { JobRunId: runId } = await glueOnce().send(
      new StartJobRunCommand({
        JobName: glueJobName(),
        Arguments: argumentsFor(job),
        MaxCapacity: job.capacity ?? glueCapacities.sixteenth,
      }),
    );
    return runId ? { kind: "started", runId } : { kind: "unknown", cause: "Glue named no run" };
  } catch (cause) {
    const full = hasName(cause, "ConcurrentRunsExceededException", "ResourceNumberLimitExceededException");
    if (full || isThrottling(cause)) return { kind: "busy", cause };
    // Glue says by 400, too, that it ran out of time; that run may have started.
    if (isClientError(cause) && !hasName(cause, "OperationTimeoutException"))
      return { kind: "refused", cause };
    return { kind: "unknown", cause };
  }
};

/** The run as ours, or null for one that somebody started by hand, without saying for which attempt. */
const toRun = (run: JobRun): Run | null => {
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
};

/** Null: Glue knows no such run, or not for which attempt it is. */
export const findRun = async (runId: string): Promise<Run | null> => {
  try {
    const { JobRun: run } = await glue().send(new GetJobRunCommand({ JobName: glueJobName(), RunId: runId }));
    return run ? toRun(run) : null;
  } catch (error) {
    if (hasName(error, "EntityNotFoundException")) return null;
    throw error;
  }
};

/** More runs than a stage may start within the time that is looked back. */
const pagesMax = 50;
const pageSize = 200;

/** Runs started since, newest first. `complete`: false when there were too many to read them all. */
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

/** Errors that say there is nothing left to stop. */
const endedAlready = new Set(["JobRunInvalidStateTransitionException", "EntityNotFoundException"]);

/** Asks Glue to stop a run. One that has ended already stays as it is. Throws when Glue does not take the request. */
export async function stopRun(runId: string): Promise<void> {
  const { Errors = [] } = await glue().send(
    new BatchStopJobRunCommand({ JobName: glueJobName(), JobRunIds: [runId] }),
  );
  const refused = Errors.find(({ ErrorDetail }) => !endedAlready.has(ErrorDetail?.ErrorCode ?? ""));
  if (!refused) return;
  const { ErrorCode, ErrorMessage } = refused.ErrorDetail ?? {};
  throw new Error(`Glue did not stop run ${runId}: ${ErrorCode} ${ErrorMessage}`);
}

/** Glue bills a Python Shell run by the second, and for a minute at least: https://aws.amazon.com/glue/pricing/ */
export function dpuSecondsOf({ executionSeconds, capacity }: Run): number {
  return executionSeconds > 0 ? Math.max(60, executionSeconds) * capacity : 0;
}

/** The DPU that the next attempt at an input of that size gets: more than the last one where that had too little. */
export function capacityFor(job: Pick<JobRecord, "capacity" | "error">, bytes: number): number {
  const { sixteenth, whole } = glueCapacities;
  const hadTooLittle = job.error?.code === "timed_out" || job.error?.code === "out_of_memory";
  const isLarge = bytes >= Resource.GlueJob.wholeDpuFrom;
  return isLarge || hadTooLittle || job.capacity === whole ? whole : sixteenth;
}
