import {
  outputsPrefix,
  reportsPrefix,
  resultHeaders,
  uploadsPrefix,
} from "../packages/core/src/deployment.ts";
import { fileOrigins } from "./gateway.ts";
import { config } from "./stage.ts";

/** The parts of an unfinished multipart upload are billed until aborted, and no lifecycle argument of SST's aborts them. */
function abortUnfinishedUploads(lifecycle: aws.s3.BucketLifecycleConfigurationArgs): undefined {
  lifecycle.rules = $output(lifecycle.rules ?? []).apply((rules) =>
    rules.map((rule) => ({ ...rule, abortIncompleteMultipartUpload: { daysAfterInitiation: 1 } })),
  );
}

const input = new sst.aws.Bucket("Input", {
  // A presigned URL may be used from any page; completing a multipart upload takes the ETag of each part.
  cors: {
    allowMethods: ["PUT"],
    allowOrigins: fileOrigins,
    exposeHeaders: ["ETag"],
    maxAge: "1 hour",
  },
  lifecycle: [{ id: "uploads", prefix: uploadsPrefix, expiresIn: `${config.inputRetentionDays} days` }],
  transform: { lifecycle: abortUnfinishedUploads },
});

const output = new sst.aws.Bucket("Output", {
  // Not `access: "public"`: that is every object, and a later prefix would be public by accident.
  policy: [{ principals: "*", actions: ["s3:GetObject"], paths: [`${outputsPrefix}*`] }],
  cors: {
    allowMethods: ["GET", "HEAD"],
    allowOrigins: fileOrigins,
    exposeHeaders: resultHeaders,
    maxAge: "1 hour",
  },
  lifecycle: [outputsPrefix, reportsPrefix].map((prefix) => ({
    id: prefix === outputsPrefix ? "outputs" : "reports",
    prefix,
    ...(config.outputRetentionDays !== null && {
      expiresIn: `${config.outputRetentionDays} days` as const,
    }),
  })),
  transform: {
    lifecycle: abortUnfinishedUploads,
    publicAccessBlock: { blockPublicPolicy: false, restrictPublicBuckets: false },
  },
});

/** What the Glue job runs: its script and its wheel. */
export const assets = new sst.aws.Bucket("Assets", { cors: false });

// Linked by name only: a link to the bucket itself would grant s3:* on it.
export const inputBucket = new sst.Linkable("InputBucket", { properties: { name: input.name } });
export const outputBucket = new sst.Linkable("OutputBucket", { properties: { name: output.name } });

export const uploads = objects(input, `${uploadsPrefix}*`);
export const outputs = objects(output, `${outputsPrefix}*`);
export const reports = objects(output, `${reportsPrefix}*`);

/** Grants on the objects of a bucket under one key prefix, and on listing no more than that prefix. */
function objects(bucket: sst.aws.Bucket, keys: `${string}/*`) {
  return {
    allow: (...actions: string[]) => ({
      actions: actions.map((action) => `s3:${action}`),
      resources: [$interpolate`${bucket.arn}/${keys}`],
    }),
    allowList: () => ({
      actions: ["s3:ListBucket"],
      resources: [bucket.arn],
      conditions: [{ test: "StringLike", variable: "s3:prefix", values: [keys] }],
    }),
  };
}
