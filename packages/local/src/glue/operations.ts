import { randomBytes } from "node:crypto";
import type { ZodType } from "zod";
import { capacityOf } from "./capacity.ts";
import { type Runner, seconds } from "./runner.ts";
import * as schema from "./schema.ts";
import { GlueError, type Job, type StoredRun } from "./schema.ts";
import type { Store } from "./store.ts";

export interface Context {
  store: Store;
  runner: Runner;
}

export type Operation = (context: Context, input: unknown) => Promise<unknown>;

/** Glue's default in minutes: https://docs.aws.amazon.com/glue/latest/webapi/API_CreateJob.html */
function defaultTimeout({ Command, GlueVersion = "5.0" }: Job): number {
  return Command.Name === "glueetl" && Number.parseFloat(GlueVersion) >= 5 ? 480 : 2880;
}

const logGroups = { pythonshell: "/aws-glue/python-jobs", glueetl: "/aws-glue/jobs" };

function operation<T>(input: ZodType<T>, run: (context: Context, input: T) => Promise<unknown>): Operation {
  return (context, body) => {
    const parsed = input.safeParse(body);
    if (parsed.success) return run(context, parsed.data);
    const [issue] = parsed.error.issues;
    const where = issue && issue.path.length > 0 ? `${issue.path.join(".")}: ` : "";
    throw new GlueError("InvalidInputException", `${where}${issue?.message ?? "invalid input"}`);
  };
}

function jobNamed({ store }: Context, name: string): Job {
  const job = store.jobs.get(name);
  if (!job) throw new GlueError("EntityNotFoundException", `Job ${name} not found.`);
  return job;
}

function runOf({ store }: Context, jobName: string, id: string): StoredRun {
  const stored = store.runs.get(id);
  if (stored?.run.JobName !== jobName) {
    throw new GlueError("EntityNotFoundException", `Job run ${id} of job ${jobName} not found.`);
  }
  return stored;
}

async function stopRun(context: Context, jobName: string, id: string): Promise<void> {
  const stored = runOf(context, jobName, id);
  const { JobRunState } = stored.run;
  if (JobRunState === "STOPPING") return;
  if (schema.EndState.safeParse(JobRunState).success) {
    throw new GlueError("JobRunInvalidStateTransitionException", `Job run ${id} is already ${JobRunState}.`);
  }
  await context.runner.stop(stored);
}

/** The supported operations, by their name in X-Amz-Target. */
export const operations: Record<string, Operation> = {
  CreateJob: operation(schema.CreateJob, async ({ store, runner }, input) => {
    if (store.jobs.has(input.Name)) {
      throw new GlueError("AlreadyExistsException", `Job ${input.Name} already exists.`);
    }
    capacityOf(input.Command.Name, input);
    const job = { ...input, CreatedOn: seconds(), LastModifiedOn: seconds() };
    await store.putJob(job);
    runner.prepare(job);
    return { Name: input.Name };
  }),

  // Replaces the whole definition, as Glue does.
  UpdateJob: operation(schema.UpdateJob, async (context, { JobName, JobUpdate }) => {
    const { CreatedOn } = jobNamed(context, JobName);
    capacityOf(JobUpdate.Command.Name, JobUpdate);
    const job = { ...JobUpdate, Name: JobName, CreatedOn, LastModifiedOn: seconds() };
    await context.store.putJob(job);
    context.runner.prepare(job);
    return { JobName };
  }),

  GetJob: operation(schema.GetJob, async (context, { JobName }) => ({ Job: jobNamed(context, JobName) })),

  // Deleting a missing job is not an error, as in Glue. Active runs continue.
  DeleteJob: operation(schema.DeleteJob, async ({ store }, { JobName }) => {
    await store.removeJob(JobName);
    return { JobName };
  }),

  StartJobRun: operation(schema.StartJobRun, async (context, input) => {
    const { store, runner } = context;
    const job = jobNamed(context, input.JobName);
    const capacity = capacityOf(job.Command.Name, {
      MaxCapacity: input.MaxCapacity ?? job.MaxCapacity,
      WorkerType: input.WorkerType ?? job.WorkerType,
      NumberOfWorkers: input.NumberOfWorkers ?? job.NumberOfWorkers,
      ExecutionClass: input.ExecutionClass ?? job.ExecutionClass,
    });
    const queues = input.JobRunQueuingEnabled ?? job.JobRunQueuingEnabled ?? false;
    const full = runner.active(job.Name) >= (job.ExecutionProperty?.MaxConcurrentRuns ?? 1);
    if (full && !queues) {
      throw new GlueError("ConcurrentRunsExceededException", `Concurrent runs exceeded for ${job.Name}`);
    }
    const now = seconds();
    const stored: StoredRun = {
      run: {
        Id: `jr_${randomBytes(32).toString("hex")}`,
        Attempt: 0,
        JobName: job.Name,
        JobRunState: full ? "WAITING" : "STARTING",
        JobRunQueuingEnabled: queues,
        StartedOn: now,
        LastModifiedOn: now,
        ...(input.Arguments ? { Arguments: input.Arguments } : {}),
        ExecutionTime: 0,
        ...capacity,
        Timeout: input.Timeout ?? job.Timeout ?? defaultTimeout(job),
        LogGroupName: logGroups[job.Command.Name],
      },
    };
    await store.putRun(stored);
    runner.submit(stored);
    return { JobRunId: stored.run.Id };
  }),

  GetJobRun: operation(schema.GetJobRun, async (context, { JobName, RunId }) => ({
    JobRun: runOf(context, JobName, RunId).run,
  })),

  GetJobRuns: operation(schema.GetJobRuns, async (context, { JobName, NextToken, MaxResults = 200 }) => {
    jobNamed(context, JobName);
    const runs = context.store.runsOf(JobName).map(({ run }) => run);
    // The token is the id of the page's last run, so that new runs do not shift the pages.
    const last = NextToken === undefined ? -1 : runs.findIndex(({ Id }) => Id === NextToken);
    if (NextToken !== undefined && last < 0) {
      throw new GlueError("InvalidInputException", "NextToken does not belong to a page of this job's runs.");
    }
    const page = runs.slice(last + 1, last + 1 + MaxResults);
    const more = last + 1 + page.length < runs.length;
    return { JobRuns: page, ...(more ? { NextToken: page.at(-1)?.Id } : {}) };
  }),

  BatchStopJobRun: operation(schema.BatchStopJobRun, async (context, { JobName, JobRunIds }) => {
    const SuccessfulSubmissions = [];
    const Errors = [];
    for (const JobRunId of JobRunIds) {
      try {
        await stopRun(context, JobName, JobRunId);
        SuccessfulSubmissions.push({ JobName, JobRunId });
      } catch (error) {
        if (!(error instanceof GlueError)) throw error;
        const ErrorDetail = { ErrorCode: error.type, ErrorMessage: error.message };
        Errors.push({ JobName, JobRunId, ErrorDetail });
      }
    }
    return { SuccessfulSubmissions, Errors };
  }),
};
