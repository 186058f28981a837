import {
  BatchStopJobRunCommand,
  GetJobRunCommand,
  type JobRun,
  paginateGetJobRuns,
  StartJobRunCommand,
  type StartJobRunRequest,
} from "@aws-sdk/client-glue";
import { glue, glueWithoutRetries } from "../aws.ts";
import type { LaneName } from "../deployment.ts";
import { hasName, isClientError, isThrottling } from "../errors.ts";
import { argumentsFor } from "./arguments.ts";
import type { AttemptRun, Lane, Run, RunRequest, StartResult } from "./lane.ts";

/** A Glue job that converts. */
interface GlueJob {
  lane: LaneName;
  /** Empty if the stage does not have the job. */
  jobName: () => string;
  /** What a run gets. */
  resources: (
    request: RunRequest,
  ) => Pick<StartJobRunRequest, "MaxCapacity" | "NumberOfWorkers" | "WorkerType" | "ExecutionClass">;
  billed: (run: JobRun) => Run["billed"];
}

export interface GlueLane extends Lane {
  jobName: () => string;
  /** Finds the run of a state change, as the event describes it. */
  findChanged: (runId: string, event: { state: string; message: string }) => Promise<Run | null>;
}

/** Messages of Glue, Spark, a shell or the embedded Glue for a process killed because it ran out of memory. */
const killed = /out[ _]?of[ _]?memory|exceeding memory limits|\bSIGKILL\b|exit code:? (?:137|-9)\b/i;

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

/** More than a stage can start within the time that the reconciler looks back. */
const pagesMax = 50;
const pageSize = 200;

/** Errors for a run that has ended or does not exist. */
const alreadyEnded = new Set(["JobRunInvalidStateTransitionException", "EntityNotFoundException"]);

/** The lane of a Glue job. */
export function glueLane({ lane, jobName, resources, billed }: GlueJob): GlueLane {
  async function start(request: RunRequest): Promise<StartResult> {
    try {
      const { JobRunId: runId } = await glueWithoutRetries().send(
        new StartJobRunCommand({
          JobName: jobName(),
          Arguments: argumentsFor(request),
          ...resources(request),
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
    const { ErrorMessage: message = "", ExecutionTime: executionSeconds = 0 } = run;
    return {
      lane,
      runId: run.Id,
      jobId,
      attempt,
      state: stateOf(run.JobRunState ?? "STARTING", message),
      message,
      startedAt: run.StartedOn ?? new Date(),
      ...(run.CompletedOn && { endedAt: run.CompletedOn }),
      executionSeconds,
      billed: billed(run),
    };
  }

  async function find({ runId }: Pick<AttemptRun, "runId">): Promise<Run | null> {
    if (!runId || !jobName()) return null;
    try {
      const { JobRun: run } = await glue().send(new GetJobRunCommand({ JobName: jobName(), RunId: runId }));
      return run ? toRun(run) : null;
    } catch (error) {
      if (hasName(error, "EntityNotFoundException")) return null;
      throw error;
    }
  }

  /** Lists the runs started since, newest first. `complete` is false if there are too many to read. */
  async function runsSince(since: Date): Promise<{ runs: Run[]; complete: boolean }> {
    const runs: Run[] = [];
    if (!jobName()) return { runs, complete: true };
    let pages = 0;
    const query = { JobName: jobName(), MaxResults: pageSize };
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

  return {
    jobName,
    start,
    find,
    stop: async ({ runId }) => {
      if (!runId || !jobName()) return;
      const { Errors = [] } = await glue().send(
        new BatchStopJobRunCommand({ JobName: jobName(), JobRunIds: [runId] }),
      );
      const refused = Errors.find(({ ErrorDetail }) => !alreadyEnded.has(ErrorDetail?.ErrorCode ?? ""));
      if (!refused) return;
      const { ErrorCode, ErrorMessage } = refused.ErrorDetail ?? {};
      throw new Error(`Glue did not stop run ${runId}: ${ErrorCode} ${ErrorMessage}`);
    },
    findAll: async (attempts, since) => {
      const { runs, complete } = await runsSince(since);
      if (!complete) throw new Error("There are too many runs to search");
      const wanted = new Set(attempts.map(({ jobId }) => jobId));
      return runs.filter(({ jobId }) => wanted.has(jobId));
    },
    live: async (since) => {
      const { runs } = await runsSince(since);
      return runs.filter(({ state }) => state === "LIVE");
    },
    findChanged: async (runId, event) => {
      const run = await find({ runId });
      return run && { ...run, state: stateOf(event.state, event.message), message: event.message };
    },
  };
}
