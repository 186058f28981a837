import { DeleteFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { inputBucket, outputBucket } from "@unparquet/core/aws";
import { lambdaLane } from "@unparquet/core/deployment";
import { runEnded } from "@unparquet/local/lambda";
import { ensureLambdaLane } from "@unparquet/local/resources";
import { receiveRunEvents } from "@unparquet/local/run-events";
import { Resource } from "sst";
import { afterAll, beforeAll, inject } from "vitest";

/** Where the events of S3 and Lambda about runs go, unless a test sets `to` to something else. */
export const runEvents: { to: (event: unknown) => Promise<void> } = { to: runEnded };

/** Name of the lane's function in the stage of a test file. */
export function laneFunction(): string {
  return outputBucket().replace(/output$/, "converter-function");
}

/** Gives the stage of a test file the lane `lambda`. */
export function useLambdaLane(): void {
  const stopping = new AbortController();

  beforeAll(async () => {
    const name = laneFunction();
    const stage = {
      inputBucket: inputBucket(),
      outputBucket: outputBucket(),
      lambda: { function: name, events: outputBucket().replace(/output$/, "run-events") },
    };
    await ensureLambdaLane(stage, inject("suite").assets);
    Object.assign(Resource.ConverterFunction, { name, outputMaxBytes: lambdaLane.outputMaxBytes });
    void receiveRunEvents(stage.lambda.events, (event) => runEvents.to(event), stopping.signal);
  });

  afterAll(async () => {
    stopping.abort();
    // Ends its processes.
    const FunctionName = Resource.ConverterFunction.name;
    await new LambdaClient({}).send(new DeleteFunctionCommand({ FunctionName }));
  });
}
