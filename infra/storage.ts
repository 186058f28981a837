import { outputsPrefix, reportsPrefix, uploadsPrefix } from "../packages/core/src/deployment.ts";
import { config } from "./stage.ts";

/** Aborts unfinished multipart uploads after a day: their parts are billed, and SST has no lifecycle argument for it. */
function abortUnfinishedUploads(lifecycle: aws.s3.BucketLifecycleConfigurationArgs): undefined {
  lifecycle.rules = $output(lifecycle.rules ?? []).apply((rules) =>
    rules.map((rule) => ({ ...rule, abortIncompleteMultipartUpload: { daysAfterInitiation: 1 } })),
  );
}

const input = new sst.aws.Bucket("Input", {
  cors: false,
  lifecycle: [{ id: "uploads", prefix: uploadsPrefix, expiresIn: `${config.inputRetentionDays} days` }],
  transform: { lifecycle: abortUnfinishedUploads },
});

const output = new sst.aws.Bucket("Output", {
  // `access: "public"` would publish every object, including those of prefixes added later.
  policy: [{ principals: "*", actions: ["s3:GetObject"], paths: [`${outputsPrefix}*`] }],
  cors: false,
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

/** The Glue job's script and wheel. */
export const assets = new sst.aws.Bucket("Assets", { cors: false });

/** Buckets that browsers use; gateway.ts sets their CORS rules. */
export const buckets = { input, output };

// Linked by name only: a link to the bucket itself would grant s3:* on it.
export const inputBucket = new sst.Linkable("InputBucket", { properties: { name: input.name } });
export const outputBucket = new sst.Linkable("OutputBucket", { properties: { name: output.name } });

export const uploads = objects(input, `${uploadsPrefix}*`);
export const outputs = objects(output, `${outputsPrefix}*`);
export const reports = objects(output, `${reportsPrefix}*`);
/** Requests to stop a run. */
export const stopRequests = objects(output, `${reportsPrefix}*/stop.json`);

/** Builds permissions limited to the objects under one key prefix. */
function objects(bucket: sst.aws.Bucket, keys: `${string}/*${string}`) {
  return {
    allow: (...actions: string[]) => ({
      actions: actions.map((action) => `s3:${action}`),
      resources: [$interpolate`${bucket.arn}/${keys}`],
    }),
    /** On all keys: S3 has no condition on the prefix of this action. */
    allowListUploads: () => ({
      actions: ["s3:ListBucketMultipartUploads"],
      resources: [bucket.arn],
    }),
    allowList: () => ({
      actions: ["s3:ListBucket"],
      resources: [bucket.arn],
      conditions: [{ test: "StringLike", variable: "s3:prefix", values: [keys] }],
    }),
  };
}
