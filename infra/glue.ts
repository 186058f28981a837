import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { glueJob as definition } from "../packages/core/src/deployment.ts";
import { buildWheel } from "./build.ts";
import { config, prefix } from "./stage.ts";
import { assets, outputs, reports, uploads } from "./storage.ts";

const region = aws.getRegionOutput().region;
const account = aws.getCallerIdentityOutput().accountId;

/** A file under a key of its own content: a run that already started keeps the version it was started with. */
function asset(name: string, path: string) {
  const hash = createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 16);
  return new aws.s3.BucketObjectv2(name, {
    bucket: assets.name,
    key: `glue/${hash}/${basename(path)}`,
    source: $asset(path),
  });
}

const script = asset("ConverterScript", "glue/job.py");
const library = asset("ConverterWheel", await buildWheel());

const role = new aws.iam.Role("ConverterRole", {
  // Unnamed it would not be called after its stage, and what may deploy a stage is told by names.
  name: `${prefix}-converter`,
  assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "glue.amazonaws.com" }),
  inlinePolicies: [
    {
      name: "converter",
      policy: aws.iam.getPolicyDocumentOutput({
        statements: [
          {
            actions: ["s3:GetObject"],
            resources: [script, library].map((object) => $interpolate`${assets.arn}/${object.key}`),
          },
          uploads.allow("GetObject"),
          outputs.allow("PutObject", "AbortMultipartUpload"),
          // It reads back its own claim on an attempt, to know it from another run's.
          reports.allow("PutObject", "GetObject"),
          {
            // All Python Shell jobs of an account log to these two groups; Glue creates them with the first run's rights.
            actions: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            resources: ["output", "output:*", "error", "error:*"].map(
              (group) =>
                $interpolate`arn:aws:logs:${region}:${account}:log-group:/aws-glue/python-jobs/${group}`,
            ),
          },
        ],
      }).json,
    },
  ],
});

const job = new aws.glue.Job("Converter", {
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

export const glueJob = new sst.Linkable("GlueJob", {
  properties: { name: job.name, wholeDpuFrom: config.glue.wholeDpuFrom },
});

export const converter = {
  name: job.name,
  allow: (...actions: string[]) => ({
    actions: actions.map((action) => `glue:${action}`),
    resources: [job.arn],
  }),
};
