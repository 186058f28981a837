import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { GlueClient } from "@aws-sdk/client-glue";
import { S3Client } from "@aws-sdk/client-s3";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { Resource } from "sst";

/** Makes a value on its first use: a module can be loaded (for its types, its schemas) where AWS is not configured. */
export const lazy = <T>(make: () => T): (() => T) => {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

/** Settings of every client. Empty in the product: the simulator puts its own network here. */
export const clientSettings: Pick<DynamoDBClientConfig, "requestHandler" | "signer"> = {};

export const dynamoDB = lazy(() => DynamoDBDocumentClient.from(new DynamoDBClient(clientSettings)));

// Otherwise the SDK signs the checksum of an empty body into presigned URLs, which no plain PUT would match.
export const s3 = lazy(
  () => new S3Client({ ...clientSettings, requestChecksumCalculation: "WHEN_REQUIRED" }),
);

export const glue = lazy(() => new GlueClient(clientSettings));

/** Never repeats a call: StartJobRun has no idempotency token, so a repeat could start a second run. */
export const glueOnce = lazy(() => new GlueClient({ ...clientSettings, maxAttempts: 1 }));

export const inputBucket = () => Resource.InputBucket.name;
export const outputBucket = () => Resource.OutputBucket.name;

export const tableConfiguration = lazy(() => ({ client: dynamoDB(), table: Resource.JobTable.name }));
