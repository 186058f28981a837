import { Resource } from "sst";
import { inputBucket, outputBucket } from "../aws.ts";
import type { Options } from "../conversion/options.ts";
import { inputKey, outputKey, reportsFolder } from "../storage/keys.ts";
import type { RunRequest } from "./lane.ts";

/** Options as arguments: `nonFinite` becomes `--non-finite`, and lists become JSON. */
function optionArguments(options: Options): Record<string, string> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      typeof value === "object" ? JSON.stringify(value) : String(value),
    ]),
  );
}

/** The converter's arguments, the same in every lane. */
export function argumentsFor(request: RunRequest): Record<string, string> {
  const { outputMaxBytes, outputMaxRows } = Resource.Limits;
  return {
    "--job-id": request.jobId,
    "--attempt": String(request.attempt),
    "--input": `s3://${inputBucket()}/${inputKey(request)}`,
    ...(request.etag && { "--input-etag": request.etag }),
    "--output": `s3://${outputBucket()}/${outputKey(request)}`,
    "--reports": `s3://${outputBucket()}/${reportsFolder(request)}`,
    "--max-bytes": String(outputMaxBytes),
    "--max-rows": String(outputMaxRows),
    ...optionArguments(request.options),
  };
}
