import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { GlueClient } from "@aws-sdk/client-glue";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { Resource } from "sst";

/** Creates a value on first use, so that modules can be imported where AWS is not configured. */
export function lazy<T>(create: () => T): () => T {
  let created: { value: T } | undefined;
  return () => {
    created ??= { value: create() };
    return created.value;
  };
}

/** Settings of all clients. Empty in production; the simulator sets its own network here. */
export const clientSettings: Pick<DynamoDBClientConfig, "requestHandler" | "signer"> = {};

export const dynamoDB = lazy(() => DynamoDBDocumentClient.from(new DynamoDBClient(clientSettings)));

// By default the SDK signs the checksum of an empty body into presigned URLs, so a plain PUT would fail.
export const s3 = lazy(
  () => new S3Client({ ...clientSettings, requestChecksumCalculation: "WHEN_REQUIRED" }),
);

export const glue = lazy(() => new GlueClient(clientSettings));

/** Never retries: StartJobRun has no idempotency token, so a retry could start a second run. */
export const glueWithoutRetries = lazy(() => new GlueClient({ ...clientSettings, maxAttempts: 1 }));

export const lambda = lazy(() => new LambdaClient(clientSettings));

export function inputBucket(): string {
  return Resource.InputBucket.name;
}

export function outputBucket(): string {
  return Resource.OutputBucket.name;
}

/** What ElectroDB needs to reach the job table. */
export const tableConfiguration = lazy(() => ({ client: dynamoDB(), table: Resource.JobTable.name }));
