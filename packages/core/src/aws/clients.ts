import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { GlueClient } from "@aws-sdk/client-glue";
import { S3Client } from "@aws-sdk/client-s3";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { lazy } from "./lazy.ts";

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
