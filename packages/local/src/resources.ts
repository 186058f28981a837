import fs from "node:fs/promises";
import path from "node:path";
import {
  CreateTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import {
  AlreadyExistsException,
  CreateJobCommand,
  type CreateJobRequest,
  GlueClient,
  UpdateJobCommand,
} from "@aws-sdk/client-glue";
import {
  CreateRoleCommand,
  EntityAlreadyExistsException,
  IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  PutFunctionEventInvokeConfigCommand,
  ResourceConflictException,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import {
  BucketAlreadyOwnedByYou,
  CreateBucketCommand,
  PutBucketCorsCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import {
  glueJob,
  jobTable,
  lambdaLane,
  objectMaxBytes,
  outputsPrefix,
  reportsPrefix,
  resultHeaders,
  sparkLane,
  uploadsPrefix,
} from "@unparquet/core/deployment";
import { root } from "./lib/paths.ts";
import { localOrigins } from "./lib/serve.ts";

/** Names of a stage's resources, the same ones that infra/ creates. */
export interface Stage {
  inputBucket: string;
  outputBucket: string;
  jobTable: string;
  glueJob: string;
  /** The lane `lambda`, in stages that have it: its function, and the queue of events about its runs. */
  lambda?: { function: string; events: string };
  /** The Glue job of the lane `spark`, in stages that have it, and the least output that it takes. */
  spark?: { job: string; outputMinBytes: number } | undefined;
}

/** s3:// URIs of the files that the Glue jobs and the Lambda function run. */
export interface Assets {
  script: string;
  sparkScript: string;
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
  sparkDpuHoursPerDay: 1_000_000_000,
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
    SST_RESOURCE_ConverterFunction: JSON.stringify({
      name: stage.lambda?.function ?? "",
      outputMaxBytes: stage.lambda ? lambdaLane.outputMaxBytes : 0,
      type,
    }),
    SST_RESOURCE_GlueJob: JSON.stringify({ name: stage.glueJob, wholeDpuFrom: glueJob.wholeDpuFrom, type }),
    SST_RESOURCE_SparkJob: JSON.stringify({
      name: stage.spark?.job ?? "",
      outputMinBytes: stage.spark?.outputMinBytes ?? 0,
      workersMax: sparkLane.workersMax,
      flex: false,
      type,
    }),
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

/** Uploads the Glue jobs' scripts and the wheel to the bucket, which is created if missing. */
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
  const assets = {
    script: await upload(path.join(root, "glue/job.py")),
    sparkScript: await upload(path.join(root, "glue/spark_job.py")),
    wheel: await upload(wheel),
  };
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

/** Creates or updates a Glue job. */
async function ensureJob(Name: string, definition: Omit<CreateJobRequest, "Name">): Promise<void> {
  const client = new GlueClient({});
  try {
    await client.send(new CreateJobCommand({ Name, ...definition }));
  } catch (error) {
    if (!(error instanceof AlreadyExistsException)) throw error;
    await client.send(new UpdateJobCommand({ JobName: Name, JobUpdate: definition }));
  }
  client.destroy();
}

async function ensureGlueJob(name: string, assets: Assets): Promise<void> {
  await ensureJob(name, {
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
  });
}

/** Creates the Glue job of the lane `spark`, or points it to the assets. */
export async function ensureSparkJob(name: string, assets: Assets): Promise<void> {
  await ensureJob(name, {
    Role: "arn:aws:iam::000000000000:role/unparquet-local-converter-spark",
    Command: {
      Name: sparkLane.command,
      PythonVersion: sparkLane.pythonVersion,
      ScriptLocation: assets.sparkScript,
    },
    DefaultArguments: { "--job-language": "python", "--additional-python-modules": assets.wheel },
    GlueVersion: sparkLane.glueVersion,
    Timeout: sparkLane.timeoutMinutes,
    ExecutionProperty: { MaxConcurrentRuns: 100 },
    JobRunQueuingEnabled: sparkLane.queuing,
    MaxRetries: sparkLane.maxRetries,
    WorkerType: sparkLane.workerType,
    NumberOfWorkers: sparkLane.workersMin,
  });
}

/** Creates the role of the lane's function, with the rights that it has in a deployment. */
async function ensureFunctionRole(
  RoleName: string,
  { inputBucket, outputBucket }: Pick<Stage, "inputBucket" | "outputBucket">,
): Promise<void> {
  const client = new IAMClient({});
  const statement = (object: string, ...Action: string[]) => ({
    Effect: "Allow",
    Action,
    Resource: `arn:aws:s3:::${object}*`,
  });
  const policy = (...Statement: object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
  const AssumeRolePolicyDocument = policy({
    Effect: "Allow",
    Principal: { Service: "lambda.amazonaws.com" },
    Action: "sts:AssumeRole",
  });
  try {
    await client.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  } catch (error) {
    if (!(error instanceof EntityAlreadyExistsException)) throw error;
  }
  const PolicyDocument = policy(
    statement(`${inputBucket}/${uploadsPrefix}`, "s3:GetObject"),
    statement(`${outputBucket}/${outputsPrefix}`, "s3:PutObject", "s3:AbortMultipartUpload"),
    statement(`${outputBucket}/${reportsPrefix}`, "s3:PutObject", "s3:GetObject"),
  );
  await client.send(new PutRolePolicyCommand({ RoleName, PolicyName: "converter", PolicyDocument }));
  client.destroy();
}

/** Creates the queue for S3's events of new manifests, and for events that the lane's function could not process. */
async function ensureRunEvents(QueueName: string, outputBucket: string): Promise<string> {
  const sqs = new SQSClient({});
  const queueArn = `arn:aws:sqs:us-east-1:000000000000:${QueueName}`;
  const Policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "s3.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: queueArn,
      },
    ],
  });
  // In seconds: an event is delivered again after 5, unless its handling has succeeded, but not forever.
  await sqs.send(
    new CreateQueueCommand({
      QueueName,
      Attributes: { Policy, VisibilityTimeout: "5", MessageRetentionPeriod: "600" },
    }),
  );
  sqs.destroy();
  const s3 = s3Client();
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: outputBucket,
      // S3 would send a test event.
      SkipDestinationValidation: true,
      NotificationConfiguration: {
        QueueConfigurations: [
          {
            QueueArn: queueArn,
            Events: ["s3:ObjectCreated:*"],
            Filter: {
              Key: {
                FilterRules: [
                  { Name: "prefix", Value: reportsPrefix },
                  { Name: "suffix", Value: "manifest.json" },
                ],
              },
            },
          },
        ],
      },
    }),
  );
  s3.destroy();
  return queueArn;
}

/** Creates the stage's lane `lambda`, or points its function to the wheel. The stage's buckets must exist. */
export async function ensureLambdaLane(
  stage: Pick<Required<Stage>, "inputBucket" | "outputBucket" | "lambda">,
  { wheel }: Assets,
): Promise<void> {
  const FunctionName = stage.lambda.function;
  const [, destination] = await Promise.all([
    ensureFunctionRole(FunctionName, stage),
    ensureRunEvents(stage.lambda.events, stage.outputBucket),
  ]);
  const { host: S3Bucket, pathname } = new URL(wheel);
  const code = { S3Bucket, S3Key: pathname.slice(1) };
  const client = new LambdaClient({});
  const definition = {
    FunctionName,
    Role: `arn:aws:iam::000000000000:role/${FunctionName}`,
    Runtime: lambdaLane.runtime,
    Handler: lambdaLane.handler,
    MemorySize: lambdaLane.memoryMB,
    Timeout: lambdaLane.timeoutSeconds,
  };
  try {
    await client.send(new CreateFunctionCommand({ ...definition, Code: code }));
  } catch (error) {
    if (!(error instanceof ResourceConflictException)) throw error;
    await client.send(new UpdateFunctionConfigurationCommand(definition));
    await client.send(new UpdateFunctionCodeCommand({ FunctionName, ...code }));
  }
  await client.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName,
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: lambdaLane.maxEventAgeSeconds,
      DestinationConfig: { OnFailure: { Destination: destination } },
    }),
  );
  client.destroy();
}

/** Starts a process of the lane's function, so that the next run finds it ready. */
export async function warmFunction(FunctionName: string): Promise<void> {
  const client = new LambdaClient({});
  const Payload = JSON.stringify({ warm: true });
  await client.send(new InvokeCommand({ FunctionName, InvocationType: "Event", Payload }));
  client.destroy();
}

/** Creates the stage's missing resources on the AWS in the environment variables, and points its lanes to the assets. */
export async function ensureStage(stage: Stage, assets: Assets, options: BucketOptions = {}): Promise<void> {
  const { lambda, spark } = stage;
  await Promise.all([
    ensureBuckets(stage, options).then(() => lambda && ensureLambdaLane({ ...stage, lambda }, assets)),
    ensureTable(stage.jobTable),
    ensureGlueJob(stage.glueJob, assets),
    spark && ensureSparkJob(spark.job, assets),
  ]);
}
