// Loads a function's module and calls its handler with each event, as Lambda does.
import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { parentPort, workerData } from "node:worker_threads";
import type { Call, Outcome } from "./lambda.ts";

const { handler } = await import(workerData.module);

parentPort?.on("message", async ({ id, event }: Call) => {
  let outcome: Outcome;
  try {
    outcome = { id, answer: await handler(event, { awsRequestId: randomUUID() }) };
  } catch (error) {
    // As text, because an error's properties may not be cloneable.
    outcome = { id, error: inspect(error) };
  }
  parentPort?.postMessage(outcome);
});
