import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Resource } from "sst";
import * as z from "zod";

/**
 * A fake Glue that loses responses, runs out of capacity and keeps runs in a state on demand. The local Glue endpoint runs real
 * jobs and can do none of this.
 */
export interface ScriptedGlue {
  runs: {
    runId: string;
    jobId: string;
    attempt: number;
    /** One of Glue's. */
    state: string;
    message: string;
    startedAt: Date;
    endedAt?: Date;
    executionSeconds?: number;
    capacity?: number;
    /** The job of the lane `shell` unless set. */
    jobName?: string;
    workers?: number;
    executionClass?: string;
    /** What Glue says to bill. */
    dpuSeconds?: number;
    args?: Record<string, string>;
  }[];
  /** Behaviour of the next StartJobRun calls, then `start`. `lose` starts the run but closes the connection. */
  next: ("start" | "lose" | "full" | "throttle" | "refuse" | "fault")[];
  /** Called after a run has started, before the response is sent. */
  beforeAnswer: (() => Promise<void>) | undefined;
  /** Ids of the runs in BatchStopJobRun requests. */
  stopped: string[];
  /** Error codes that the next BatchStopJobRun calls return, with status 200. */
  stopErrors: string[];
  /** Number of StartJobRun calls. */
  starts: number;
  close: () => Promise<void>;
}

const refusals = {
  full: [400, "ConcurrentRunsExceededException"],
  throttle: [400, "ThrottlingException"],
  refuse: [400, "InvalidInputException"],
  fault: [500, "InternalServiceException"],
} as const;

const Start = z.object({
  JobName: z.string(),
  Arguments: z.record(z.string(), z.string()),
  MaxCapacity: z.number().optional(),
  NumberOfWorkers: z.number().optional(),
  ExecutionClass: z.string().optional(),
});
const GetRun = z.object({ JobName: z.string(), RunId: z.string() });
const GetRuns = z.object({ JobName: z.string() });
const Stop = z.object({ JobRunIds: z.array(z.string()) });

const shape = (run: ScriptedGlue["runs"][number]) => ({
  Id: run.runId,
  JobRunState: run.state,
  ErrorMessage: run.message,
  StartedOn: run.startedAt.getTime() / 1000,
  ...(run.endedAt && { CompletedOn: run.endedAt.getTime() / 1000 }),
  ExecutionTime: run.executionSeconds ?? 0,
  ...(run.workers === undefined
    ? { MaxCapacity: run.capacity ?? 0.0625 }
    : { NumberOfWorkers: run.workers, ExecutionClass: run.executionClass, DPUSeconds: run.dpuSeconds }),
  Arguments: { "--job-id": run.jobId, "--attempt": String(run.attempt) },
});

/** Starts a scripted Glue as the stage's only lane. Call it before the product creates its Glue client. */
export const startScriptedGlue = async (): Promise<ScriptedGlue> => {
  const runsOf = (name: string) =>
    glue.runs.filter(({ jobName = Resource.GlueJob.name }) => jobName === name);
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
    const answer = (status: number, content: object) =>
      response
        .writeHead(status, { "Content-Type": "application/x-amz-json-1.1" })
        .end(JSON.stringify(content));
    const refuse = ([status, type]: readonly [number, string]) =>
      answer(status, { __type: type, Message: type });

    switch (String(request.headers["x-amz-target"]).split(".")[1]) {
      case "StartJobRun": {
        glue.starts += 1;
        const what = glue.next.shift() ?? "start";
        if (what !== "start" && what !== "lose") return refuse(refusals[what]);
        const {
          JobName: jobName,
          Arguments: args,
          MaxCapacity: capacity,
          NumberOfWorkers: workers,
          ExecutionClass: executionClass,
        } = Start.parse(body);
        const { "--job-id": jobId = "", "--attempt": attempt } = args;
        const runId = `jr_${randomUUID()}`;
        const startedAt = new Date();
        glue.runs.unshift({
          ...{ runId, jobId, attempt: Number(attempt), jobName, args },
          ...(capacity !== undefined && { capacity }),
          ...(workers !== undefined && { workers }),
          ...(executionClass !== undefined && { executionClass }),
          ...{ state: "RUNNING", message: "", startedAt },
        });
        await glue.beforeAnswer?.();
        return what === "lose" ? request.socket.destroy() : answer(200, { JobRunId: runId });
      }
      case "GetJobRun": {
        const { JobName, RunId } = GetRun.parse(body);
        const run = runsOf(JobName).find(({ runId }) => runId === RunId);
        return run ? answer(200, { JobRun: shape(run) }) : refuse([400, "EntityNotFoundException"]);
      }
      case "GetJobRuns":
        return answer(200, { JobRuns: runsOf(GetRuns.parse(body).JobName).map(shape) });
      case "BatchStopJobRun": {
        const { JobRunIds } = Stop.parse(body);
        const code = glue.stopErrors.shift();
        if (code === undefined) glue.stopped.push(...JobRunIds);
        const ErrorDetail = { ErrorCode: code, ErrorMessage: code };
        return answer(200, { Errors: code ? JobRunIds.map((JobRunId) => ({ JobRunId, ErrorDetail })) : [] });
      }
      default:
        return refuse([400, "InvalidInputException"]);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  Resource.ConverterFunction.outputMaxBytes = 0;
  process.env.AWS_ENDPOINT_URL_GLUE = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const glue: ScriptedGlue = {
    runs: [],
    next: [],
    beforeAnswer: undefined,
    stopped: [],
    stopErrors: [],
    starts: 0,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return glue;
};
