import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { EndState, JobRun } from "./schema.ts";

/**
 * What EventBridge delivers when a run ends.
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

/** Takes an event; rejects when it could not, to be asked again, and when `signal` aborts. */
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

/** Longest wait between two tries, in milliseconds. */
const LONGEST_WAIT = 30_000;

/** Offers an event to the sink until it takes it. Gives up, as a rejection, only when `signal` aborts. */
export async function deliver(sink: Sink, event: GlueJobStateChange, signal: AbortSignal): Promise<void> {
  for (let wait = 250; ; wait = Math.min(2 * wait, LONGEST_WAIT)) {
    try {
      return await sink(event, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      console.error(`glue: the end of ${event.detail.jobRunId} could not be delivered, trying again:`, error);
      await sleep(wait, undefined, { signal });
    }
  }
}

/** A sink that puts events on EventBridge's default bus of the endpoint in the environment (AWS_ENDPOINT_URL). */
export function eventBridgeSink(): Sink {
  // Only AWS itself may put events of an aws.* source; this access key is how an emulator tells it is AWS.
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

/** A sink that posts events to a handler, and waits while there is none at that address. */
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
        throw new Error(`The handler of Glue's state changes answered ${response.status}`);
      } catch (error) {
        const cause = error instanceof Error ? error.cause : undefined;
        if (!(cause instanceof Error && "code" in cause && cause.code === "ECONNREFUSED")) throw error;
      }
      await sleep(250, undefined, { signal });
    }
  };
}
