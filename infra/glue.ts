import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { glueJob as definition } from "../packages/core/src/deployment.ts";
import { buildWheel } from "./build.ts";
import { config, prefix } from "./stage.ts";
import { assets, outputs, reports, uploads } from "./storage.ts";

const region = aws.getRegionOutput().region;
const account = aws.getCallerIdentityOutput().accountId;

/** Uploads a file under a key with its content hash, so that running jobs keep the version they started with. */
export function asset(name: string, path: string) {
  const hash = createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 16);
  return new aws.s3.BucketObjectv2(name, {
    bucket: assets.name,
    key: `glue/${hash}/${basename(path)}`,
    source: $asset(path),
  });
}

/** Permission to read a Glue job's script and wheel. */
export function allowAssets(...objects: aws.s3.BucketObjectv2[]) {
  return {
    actions: ["s3:GetObject"],
    resources: objects.map((object) => $interpolate`${assets.arn}/${object.key}`),
  };
}

/** ARNs of one of Glue's log groups and its streams. */
export function logGroup(name: string) {
  const arn = $interpolate`arn:aws:logs:${region}:${account}:log-group:/aws-glue/${name}`;
  return [arn, $interpolate`${arn}:*`];
}

const script = asset("ConverterScript", "glue/job.py");
/** The converter, in every lane. */
export const library = asset("ConverterWheel", await buildWheel());

/** Permissions to convert, in every lane. */
export const conversion = [
  uploads.allow("GetObject"),
  outputs.allow("PutObject", "AbortMultipartUpload"),
  // A run reads back its claim of the attempt, and looks for requests to stop.
  reports.allow("PutObject", "GetObject"),
];

const role = new aws.iam.Role("ConverterRole", {
  // The deploy roles recognise a stage's resources by their names.
  name: `${prefix}-converter`,
  assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "glue.amazonaws.com" }),
  inlinePolicies: [
    {
      name: "converter",
      policy: aws.iam.getPolicyDocumentOutput({
        statements: [
          allowAssets(script, library),
          ...conversion,
          {
            // Shared by all Python Shell jobs of the account; Glue creates them with the first run's role.
            actions: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            resources: ["output", "error"].flatMap((group) => logGroup(`python-jobs/${group}`)),
          },
        ],
      }).json,
    },
  ],
});

/** The Glue job of the lane `shell`. */
export const glueJob = new aws.glue.Job("Converter", {
  name: `${prefix}-converter`,
  description: "Parquet to JSON",
  roleArn: role.arn,
  glueVersion: "3.0",
  command: {
    name: definition.command,
    pythonVersion: definition.pythonVersion,
    scriptLocation: $interpolate`s3://${script.bucket}/${script.key}`,
  },
  defaultArguments: { "--extra-py-files": $interpolate`s3://${library.bucket}/${library.key}` },
  maxCapacity: definition.capacity,
  timeout: definition.timeoutMinutes,
  executionProperty: { maxConcurrentRuns: config.glue.maxConcurrentRuns },
  jobRunQueuingEnabled: definition.queuing,
  maxRetries: definition.maxRetries,
});

export const shellLink = new sst.Linkable("GlueJob", {
  properties: { name: glueJob.name, wholeDpuFrom: config.glue.wholeDpuFrom },
});
