import { InvokeCommand } from "@aws-sdk/client-lambda";
import pMap from "p-map";
import { Resource } from "sst";
import * as z from "zod";
import { lambda as client } from "../aws.ts";
import { lambdaLane } from "../deployment.ts";
import { type ConversionErrorCode, isClientError, isThrottling } from "../errors.ts";
import type { AttemptId } from "../storage/keys.ts";
import { isStopRequested, readClaim, readHeartbeat, readManifest, requestStop } from "../storage/output.ts";
import { argumentsFor } from "./arguments.ts";
import {
  type AttemptRun,
  type EndedState,
  hasEnded,
  type Lane,
  type Run,
  type RunRequest,
  type StartResult,
} from "./lane.ts";

/** A run whose last progress report is this many milliseconds old has crashed. It reports every second. */
const silenceMax = 2 * 60_000;

const concurrency = 8;

/**
 * A Lambda function. Lambda does not list runs, tell their state or stop them, and may deliver an event twice. So a run claims
 * its attempt by creating `run.json`, and its reports tell its state.
 */
export const lambda: Lane = {
  start,
  stop: requestStop,
  find,
  findAll: async (attempts) =>
    (await pMap(attempts, findClaimed, { concurrency })).flatMap((run) => run ?? []),
  // Runs of ended attempts find their stop request, or end within minutes.
  live: async () => [],
};

function runIdOf({ jobId, attempt }: AttemptId): string {
  return `${jobId}-${attempt}`;
}

async function start(request: RunRequest): Promise<StartResult> {
  try {
    await client().send(
      new InvokeCommand({
        FunctionName: Resource.ConverterFunction.name,
        InvocationType: "Event",
        Payload: JSON.stringify(argumentsFor(request)),
      }),
    );
    return { kind: "started", runId: runIdOf(request) };
  } catch (cause) {
    if (isThrottling(cause)) return { kind: "busy", cause };
    return { kind: isClientError(cause) ? "rejected" : "unknown", cause };
  }
}

function runOf(
  attempt: AttemptId,
  startedAt: number,
  state: Run["state"],
  endedAt = startedAt,
  message = "",
): Run {
  const executionSeconds = Math.max(0, endedAt - startedAt) / 1000;
  return {
    lane: "lambda",
    runId: runIdOf(attempt),
    jobId: attempt.jobId,
    attempt: attempt.attempt,
    state,
    message,
    startedAt: new Date(startedAt),
    executionSeconds,
    billed: { lambdaSeconds: executionSeconds },
  };
}

/** The state of a run that ended itself with an error. */
function failedState(code: ConversionErrorCode, isStopRequested: boolean): EndedState {
  if (code === "timed_out") return "TIMED_OUT";
  // The end of its process stops a run, too.
  return code === "stopped" && isStopRequested ? "STOPPED" : "FAILED";
}

/** The run that has claimed the attempt. */
async function findClaimed(attempt: AttemptId): Promise<Run | null> {
  const claim = await readClaim(attempt);
  if (!claim) return null;
  const startedAt = Date.parse(claim.startedAt);
  const manifest = await readManifest(attempt);
  if (manifest?.status === "SUCCEEDED") {
    return runOf(attempt, startedAt, "SUCCEEDED", startedAt + manifest.durationMs);
  }
  const lastSign = Date.parse((await readHeartbeat(attempt))?.updatedAt ?? claim.startedAt);
  const isStopped = await isStopRequested(attempt);
  if (manifest) return runOf(attempt, startedAt, failedState(manifest.error.code, isStopped), lastSign);
  if (Date.now() - lastSign > silenceMax) {
    return runOf(attempt, startedAt, "ERROR", lastSign, "The run stopped reporting.");
  }
  return runOf(attempt, startedAt, isStopped ? "STOPPING" : "LIVE");
}

async function find(attempt: AttemptRun): Promise<Run | null> {
  // Read before the claim: a run that claims the attempt later finds the stop request.
  const isStopped = await isStopRequested(attempt);
  const claimed = await findClaimed(attempt);
  if (claimed) return claimed;
  const acceptedAt = attempt.runningAt ? Date.parse(attempt.runningAt) : Date.now();
  if (isStopped) return runOf(attempt, acceptedAt, "STOPPED");
  const isWaiting = Date.now() - acceptedAt < lambdaLane.maxEventAgeSeconds * 1000;
  return isWaiting ? runOf(attempt, acceptedAt, "LIVE") : null;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
export const FailureRecord = z.object({
  requestContext: z.object({ condition: z.string() }),
  requestPayload: z.object({ "--job-id": z.string(), "--attempt": z.coerce.number<string>().int() }),
  responsePayload: z.object({ errorMessage: z.string().default("") }).nullish(),
});
export type FailureRecord = z.infer<typeof FailureRecord>;

/** The attempt whose event Lambda gave up on. */
function attemptOf({ requestPayload }: FailureRecord): AttemptId {
  return { jobId: requestPayload["--job-id"], attempt: requestPayload["--attempt"] };
}

/** Finds the run of an event that Lambda gave up on. The record says how it ended if its reports do not. */
export async function findFailed(record: FailureRecord): Promise<Run | null> {
  const attempt = attemptOf(record);
  const run = await find(attempt);
  if (!run || hasEnded(run)) return run;
  const message = record.responsePayload?.errorMessage ?? "";
  const neverBegan = record.requestContext.condition === "EventAgeExceeded";
  // A duplicate event may have started the run.
  if (neverBegan && (await readClaim(attempt))) return run;
  return { ...run, state: neverBegan ? "NO_CAPACITY" : crashState(message), message };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html. The embedded Lambda says that its worker died. */
function crashState(message: string): EndedState {
  if (/timed out/i.test(message)) return "TIMED_OUT";
  return /signal: killed|OutOfMemory|Worker process died/i.test(message) ? "OUT_OF_MEMORY" : "ERROR";
}
