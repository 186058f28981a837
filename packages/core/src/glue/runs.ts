import {
  BatchStopJobRunCommand,
  GetJobRunCommand,
  GlueClient,
  type JobRun,
  paginateGetJobRuns,
  StartJobRunCommand,
} from "@aws-sdk/client-glue";
import { Resource } from "sst";
import { hasName, isRefusal, isThrottling } from "../aws/errors.ts";
import { lazy } from "../aws/lazy.ts";
import type { JobRecord } from "../job/entity.ts";
import { inputBucket, outputBucket } from "../storage/buckets.ts";
import { inputKey, outputKey } from "../storage/keys.ts";
import { capacityFor } from "./capacity.ts";

const glue = lazy(() => new GlueClient({}));
// StartJobRun takes no idempotency token: a call the SDK repeats after a lost answer would start a second run.
const glueOnce = lazy(() => new GlueClient({ maxAttempts: 1 }));

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

/** What the converter is told; its arguments are strings, and those without a value are left out. */
const argumentsFor = (job: JobRecord): Record<string, string> => {
  const { columns, limit, nonFinite, ...options } = job.options;
  return {
    "--job-id": job.jobId,
    "--attempt": String(job.attempt),
    "--input": `s3://${inputBucket()}/${inputKey(job)}`,
    "--output": `s3://${outputBucket()}/${outputKey(job)}`,
    "--format": options.format,
    "--compression": options.compression,
    ...(columns && { "--columns": JSON.stringify(columns) }),
    ...(limit !== undefined && { "--limit": String(limit) }),
    "--integers": options.integers,
    "--decimals": options.decimals,
    "--binary": options.binary,
    "--non-finite": nonFinite,
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
        MaxCapacity: capacityFor(job),
      }),
    );
    return runId ? { kind: "started", runId } : { kind: "unknown", cause: "Glue named no run" };
  } catch (cause) {
    const full = hasName(cause, "ConcurrentRunsExceededException", "ResourceNumberLimitExceededException");
    if (full || isThrottling(cause)) return { kind: "busy", cause };
    // Glue says by 400, too, that it ran out of time; that run may have started.
    if (isRefusal(cause) && !hasName(cause, "OperationTimeoutException")) return { kind: "refused", cause };
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

/** All runs started since, newest first. */
export const runsSince = async (since: Date): Promise<Run[]> => {
  const runs: Run[] = [];
  for await (const page of paginateGetJobRuns({ client: glue() }, { JobName: glueJobName() })) {
    for (const jobRun of page.JobRuns ?? []) {
      const run = toRun(jobRun);
      if (!run) continue;
      if (run.startedAt < since) return runs;
      runs.push(run);
    }
  }
  return runs;
};

/** Asks Glue to stop a run. One that has ended already stays as it is. */
export const stopRun = async (runId: string): Promise<void> => {
  await glue().send(new BatchStopJobRunCommand({ JobName: glueJobName(), JobRunIds: [runId] }));
};
