import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { EndState, JobRun } from "./schema.ts";

/**
 * The event that EventBridge delivers when a run ends.
 * https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-glue.html
 */
export interface GlueJobStateChange {
  version: "0";
  id: string;
  source: "aws.glue";
  "detail-type": "Glue Job State Change";
  account: string;
  region: string;
  /** ISO 8601, whole seconds. */
  time: string;
  resources: string[];
  detail: {
    jobName: string;
    jobRunId: string;
    state: EndState;
    severity: "INFO" | "WARN" | "ERROR";
    message: string;
  };
}

/** Delivers an event. Rejects when that fails, and when `signal` aborts. */
export type Sink = (event: GlueJobStateChange, signal: AbortSignal) => Promise<void>;

const severities = { SUCCEEDED: "INFO", STOPPED: "INFO", TIMEOUT: "WARN", FAILED: "ERROR" } as const;
const messages = { SUCCEEDED: "Job run succeeded", STOPPED: "Job run stopped", TIMEOUT: "Job run timed out" };

export function stateChange(run: JobRun, state: EndState): GlueJobStateChange {
  return {
    version: "0",
    id: randomUUID(),
    source: "aws.glue",
    "detail-type": "Glue Job State Change",
    account: "000000000000",
    region: process.env.AWS_REGION ?? "us-east-1",
    time: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
    resources: [],
    detail: {
      jobName: run.JobName,
      jobRunId: run.Id,
      state,
      severity: severities[state],
      message: state === "FAILED" ? (run.ErrorMessage ?? "Job run failed") : messages[state],
    },
  };
}

/** Milliseconds. */
const BACKOFF_MAX = 30_000;

/** Delivers an event, retrying until the sink accepts it. Rejects only when `signal` aborts. */
export async function deliver(sink: Sink, event: GlueJobStateChange, signal: AbortSignal): Promise<void> {
  for (let wait = 250; ; wait = Math.min(2 * wait, BACKOFF_MAX)) {
    try {
      return await sink(event, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      console.error(`glue: delivering the event of ${event.detail.jobRunId} failed, retrying:`, error);
      await sleep(wait, undefined, { signal });
    }
  }
}

/** A sink that puts events on the default event bus of the EventBridge in AWS_ENDPOINT_URL. */
export function eventBridgeSink(): Sink {
  // Only AWS itself may send aws.* events; an emulator recognizes it by this access key.
  const credentials = { accessKeyId: "aws-service", secretAccessKey: "aws-service" };
  const client = new EventBridgeClient({ credentials });
  return async (event) => {
    const { Entries } = await client.send(
      new PutEventsCommand({
        Entries: [
          {
            Source: event.source,
            DetailType: event["detail-type"],
            Detail: JSON.stringify(event.detail),
            Time: new Date(event.time),
          },
        ],
      }),
    );
    const failure = Entries?.find((entry) => entry.ErrorCode);
    if (failure) throw new Error(`PutEvents: ${failure.ErrorCode}: ${failure.ErrorMessage}`);
  };
}

/** A sink that posts events to a URL, and waits while nothing listens there. */
export function httpSink(url: string): Sink {
  return async (event, signal) => {
    for (;;) {
      try {
        const response = await fetch(url, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(event),
          signal: AbortSignal.any([signal, AbortSignal.timeout(60_000)]),
        });
        await response.body?.cancel();
        if (response.ok) return;
        throw new Error(`The handler of Glue's events responded with ${response.status}`);
      } catch (error) {
        const cause = error instanceof Error ? error.cause : undefined;
        if (!(cause instanceof Error && "code" in cause && cause.code === "ECONNREFUSED")) throw error;
      }
      await sleep(250, undefined, { signal });
    }
  };
}
