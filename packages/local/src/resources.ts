import fs from "node:fs/promises";
import path from "node:path";
import {
  CreateTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { AlreadyExistsException, CreateJobCommand, GlueClient, UpdateJobCommand } from "@aws-sdk/client-glue";
import {
  BucketAlreadyOwnedByYou,
  CreateBucketCommand,
  PutBucketCorsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { glueJob, jobTable, objectMaxBytes, outputsPrefix, resultHeaders } from "@unparquet/core/deployment";
import { root } from "./lib/paths.ts";
import { localOrigins } from "./lib/serve.ts";

/** Names of a stage's resources, the same ones that infra/ creates. */
export interface Stage {
  inputBucket: string;
  outputBucket: string;
  jobTable: string;
  glueJob: string;
}

/** s3:// URIs of the files that the Glue job runs. */
export interface Assets {
  script: string;
  wheel: string;
}

/** Effectively unlimited: on a laptop only the disk counts. */
const limits = {
  uploadMaxBytes: objectMaxBytes,
  // Each conversion reserves this much of outputBytesPerDay, which has room for thousands of them.
  outputMaxBytes: 1e12,
  outputMaxRows: Number.MAX_SAFE_INTEGER,
  conversionsPerDay: 1_000_000,
  outputBytesPerDay: Number.MAX_SAFE_INTEGER,
  dpuMinutesPerDay: 1_000_000_000,
  lambdaMinutesPerDay: 1_000_000_000,
  uploadsPerDay: 1_000_000,
  uploadBytesPerDay: Number.MAX_SAFE_INTEGER,
  uploadsPerDayPerCaller: 1_000_000,
};

/** Environment variables from which a deployed function reads SST's `Resource`. */
export function linkEnvironment(stage: Stage): Record<string, string> {
  const type = "sst.sst.Linkable";
  const link = (name: string): string => JSON.stringify({ name, type });
  return {
    SST_RESOURCE_App: JSON.stringify({ name: "unparquet", stage: "local" }),
    SST_RESOURCE_InputBucket: link(stage.inputBucket),
    SST_RESOURCE_OutputBucket: link(stage.outputBucket),
    SST_RESOURCE_JobTable: link(stage.jobTable),
    SST_RESOURCE_ConverterFunction: JSON.stringify({ name: "", outputMaxBytes: 0, type }),
    SST_RESOURCE_GlueJob: JSON.stringify({ name: stage.glueJob, wholeDpuFrom: glueJob.wholeDpuFrom, type }),
    SST_RESOURCE_Limits: JSON.stringify({ ...limits, type }),
  };
}

interface BucketOptions {
  /**
   * Whether buckets get SST's defaults: Block Public Access, and a policy that denies requests without TLS. The S3 of
   * `npm run test:peers` supports neither.
   */
  sstDefaults?: boolean;
}

function s3Client(): S3Client {
  return new S3Client({ forcePathStyle: true });
}

/** Creates a bucket with these policy statements and, by default, SST's own. */
async function ensureBucket(
  s3: S3Client,
  Bucket: string,
  { sstDefaults = true }: BucketOptions,
  ...statements: object[]
): Promise<void> {
  try {
    await s3.send(new CreateBucketCommand({ Bucket }));
  } catch (error) {
    if (!(error instanceof BucketAlreadyOwnedByYou)) throw error;
  }
  const putPolicy = (...Statement: object[]) =>
    s3.send(
      new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: "2012-10-17", Statement }) }),
    );
  if (!sstDefaults) {
    if (statements.length > 0) await putPolicy(...statements);
    return;
  }
  await s3.send(
    new PutPublicAccessBlockCommand({
      Bucket,
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        IgnorePublicAcls: true,
        BlockPublicPolicy: statements.length === 0,
        RestrictPublicBuckets: statements.length === 0,
      },
    }),
  );
  const arn = `arn:aws:s3:::${Bucket}`;
  const withoutTls = {
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: [arn, `${arn}/*`],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
  await putPolicy(...statements, withoutTls);
}

/** Uploads the Glue job's script and wheel to the bucket, which is created if missing. */
export async function uploadAssets(
  bucket: string,
  wheel: string,
  options: BucketOptions = {},
): Promise<Assets> {
  const s3 = s3Client();
  await ensureBucket(s3, bucket, options);
  async function upload(file: string): Promise<string> {
    const Key = `glue/${path.basename(file)}`;
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: await fs.readFile(file) }));
    return `s3://${bucket}/${Key}`;
  }
  const assets = { script: await upload(path.join(root, "glue/job.py")), wheel: await upload(wheel) };
  s3.destroy();
  return assets;
}

async function ensureBuckets({ inputBucket, outputBucket }: Stage, options: BucketOptions): Promise<void> {
  const s3 = s3Client();
  await ensureBucket(s3, inputBucket, options);
  await s3.send(
    new PutBucketCorsCommand({
      Bucket: inputBucket,
      CORSConfiguration: {
        CORSRules: [
          {
            AllowedMethods: ["PUT"],
            AllowedOrigins: localOrigins,
            AllowedHeaders: ["*"],
            ExposeHeaders: ["ETag"],
          },
        ],
      },
    }),
  );
  await ensureBucket(s3, outputBucket, options, {
    Effect: "Allow",
    Principal: "*",
    Action: "s3:GetObject",
    Resource: `arn:aws:s3:::${outputBucket}/${outputsPrefix}*`,
  });
  await s3.send(
    new PutBucketCorsCommand({
      Bucket: outputBucket,
      CORSConfiguration: {
        CORSRules: [
          {
            AllowedMethods: ["GET", "HEAD"],
            AllowedOrigins: ["*"],
            AllowedHeaders: ["*"],
            ExposeHeaders: resultHeaders,
          },
        ],
      },
    }),
  );
  s3.destroy();
}

async function ensureTable(name: string): Promise<void> {
  const client = new DynamoDBClient({});
  const keys = (index: { hashKey: string; rangeKey: string }) => [
    { AttributeName: index.hashKey, KeyType: "HASH" as const },
    { AttributeName: index.rangeKey, KeyType: "RANGE" as const },
  ];
  try {
    await client.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: Object.keys(jobTable.fields).map((AttributeName) => ({
          AttributeName,
          AttributeType: "S",
        })),
        KeySchema: keys(jobTable.primaryIndex),
        GlobalSecondaryIndexes: Object.entries(jobTable.globalIndexes).map(([IndexName, index]) => ({
          IndexName,
          KeySchema: keys(index),
          Projection:
            "projection" in index
              ? { ProjectionType: "INCLUDE", NonKeyAttributes: index.projection }
              : { ProjectionType: "ALL" },
        })),
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1 }, { TableName: name });
  const TimeToLiveSpecification = { AttributeName: jobTable.ttl, Enabled: true };
  await client
    .send(new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification }))
    // DynamoDB rejects a setting that is already in place.
    .catch((error: unknown) => {
      if (!(error instanceof Error && error.name === "ValidationException")) throw error;
    });
  client.destroy();
}

async function ensureGlueJob(name: string, assets: Assets): Promise<void> {
  const client = new GlueClient({});
  const definition = {
    Role: "arn:aws:iam::000000000000:role/unparquet-local-converter",
    Command: {
      Name: glueJob.command,
      PythonVersion: glueJob.pythonVersion,
      ScriptLocation: assets.script,
    },
    DefaultArguments: { "--extra-py-files": assets.wheel },
    Timeout: glueJob.timeoutMinutes,
    ExecutionProperty: { MaxConcurrentRuns: 100 },
    JobRunQueuingEnabled: glueJob.queuing,
    MaxRetries: glueJob.maxRetries,
    MaxCapacity: glueJob.capacity,
  };
  try {
    await client.send(new CreateJobCommand({ Name: name, ...definition }));
  } catch (error) {
    if (!(error instanceof AlreadyExistsException)) throw error;
    await client.send(new UpdateJobCommand({ JobName: name, JobUpdate: definition }));
  }
  client.destroy();
}

/** Creates the stage's missing resources on the AWS in the environment variables, and points its Glue job to the assets. */
export async function ensureStage(stage: Stage, assets: Assets, options: BucketOptions = {}): Promise<void> {
  await Promise.all([
    ensureBuckets(stage, options),
    ensureTable(stage.jobTable),
    ensureGlueJob(stage.glueJob, assets),
  ]);
}
