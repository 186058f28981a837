import {
  BatchStopJobRunCommand,
  GetJobRunCommand,
  type JobRun,
  paginateGetJobRuns,
  StartJobRunCommand,
} from "@aws-sdk/client-glue";
import { Resource } from "sst";
import { glue, glueWithoutRetries } from "../aws.ts";
import { glueCapacities } from "../deployment.ts";
import { hasName, isClientError, isThrottling } from "../errors.ts";
import { argumentsFor } from "./arguments.ts";
import type { AttemptRun, Lane, Run, RunRequest, StartResult } from "./lane.ts";

/** Name of the Glue job that converts. */
export function glueJobName() {
  return Resource.GlueJob.name;
}

/** Glue Python Shell. */
export const shell: Lane = { start, stop, find, findAll, live };

async function start(request: RunRequest): Promise<StartResult> {
  try {
    const { JobRunId: runId } = await glueWithoutRetries().send(
      new StartJobRunCommand({
        JobName: glueJobName(),
        Arguments: argumentsFor(request),
        MaxCapacity: request.capacity ?? glueCapacities.sixteenth,
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

/** Messages of Glue, a shell or the embedded Glue for a process killed because it ran out of memory. */
const killed = /out of memory|\bSIGKILL\b|exit code:? (?:137|-9)\b/i;

/** https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-runs.html */
function stateOf(state: string, message: string): Run["state"] {
  switch (state) {
    case "SUCCEEDED":
    case "STOPPED":
    case "STOPPING":
      return state;
    case "TIMEOUT":
      return "TIMED_OUT";
    case "EXPIRED":
      return "NO_CAPACITY";
    case "FAILED":
    case "ERROR":
      return killed.test(message) ? "OUT_OF_MEMORY" : state;
    default:
      return "LIVE";
  }
}

/** Glue bills Python Shell runs by the second, with a minimum of one minute: https://aws.amazon.com/glue/pricing/ */
function dpuSecondsOf(executionSeconds: number, capacity: number): number {
  return executionSeconds > 0 ? Math.max(60, executionSeconds) * capacity : 0;
}

/** Null for a run started by hand, without the arguments that name its attempt. */
function toRun(run: JobRun): Run | null {
  const jobId = run.Arguments?.["--job-id"];
  const attempt = Number(run.Arguments?.["--attempt"]);
  if (!run.Id || !jobId || !Number.isInteger(attempt)) return null;
  const { ErrorMessage: message = "", ExecutionTime: executionSeconds = 0 } = run;
  return {
    lane: "shell",
    runId: run.Id,
    jobId,
    attempt,
    state: stateOf(run.JobRunState ?? "STARTING", message),
    message,
    startedAt: run.StartedOn ?? new Date(),
    ...(run.CompletedOn && { endedAt: run.CompletedOn }),
    executionSeconds,
    billed: { dpuSeconds: dpuSecondsOf(executionSeconds, run.MaxCapacity ?? 0) },
  };
}

async function find({ runId }: Pick<AttemptRun, "runId">): Promise<Run | null> {
  if (!runId) return null;
  try {
    const { JobRun: run } = await glue().send(new GetJobRunCommand({ JobName: glueJobName(), RunId: runId }));
    return run ? toRun(run) : null;
  } catch (error) {
    if (hasName(error, "EntityNotFoundException")) return null;
    throw error;
  }
}

/** Finds the run of a state change, as the event describes it. */
export async function findGlueRun(
  runId: string,
  event: { state: string; message: string },
): Promise<Run | null> {
  const run = await find({ runId });
  return run && { ...run, state: stateOf(event.state, event.message), message: event.message };
}

/** More than a stage can start within the time that the reconciler looks back. */
const pagesMax = 50;
const pageSize = 200;

/** Lists the runs started since, newest first. `complete` is false if there are too many to read. */
async function runsSince(since: Date): Promise<{ runs: Run[]; complete: boolean }> {
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

async function findAll(attempts: { jobId: string }[], since: Date): Promise<Run[]> {
  const { runs, complete } = await runsSince(since);
  if (!complete) throw new Error("There are too many runs to search");
  const wanted = new Set(attempts.map(({ jobId }) => jobId));
  return runs.filter(({ jobId }) => wanted.has(jobId));
}

async function live(since: Date): Promise<Run[]> {
  const { runs } = await runsSince(since);
  return runs.filter(({ state }) => state === "LIVE");
}

/** Errors for a run that has ended or does not exist. */
const alreadyEnded = new Set(["JobRunInvalidStateTransitionException", "EntityNotFoundException"]);

async function stop({ runId }: AttemptRun): Promise<void> {
  if (!runId) return;
  const { Errors = [] } = await glue().send(
    new BatchStopJobRunCommand({ JobName: glueJobName(), JobRunIds: [runId] }),
  );
  const refused = Errors.find(({ ErrorDetail }) => !alreadyEnded.has(ErrorDetail?.ErrorCode ?? ""));
  if (!refused) return;
  const { ErrorCode, ErrorMessage } = refused.ErrorDetail ?? {};
  throw new Error(`Glue did not stop run ${runId}: ${ErrorCode} ${ErrorMessage}`);
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
