import { lambdaLane, reportsPrefix } from "../packages/core/src/deployment.ts";
import { logGroupName } from "./function.ts";
import { conversion, library } from "./glue.ts";
import { runEnded } from "./run-ended.ts";
import { config, prefix } from "./stage.ts";
import { buckets } from "./storage.ts";

/** The function of the lane `lambda`, which converts small files. It runs the same wheel as Glue. Undefined if the lane is off. */
export const converterFunction = config.lanes.lambda ? create() : undefined;

function create() {
  const logs = new aws.cloudwatch.LogGroup("ConverterLogs", {
    name: logGroupName("converter"),
    retentionInDays: config.logRetentionDays,
  });
  const role = new aws.iam.Role("ConverterFunctionRole", {
    name: `${prefix}-converter-function`,
    assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" }),
    inlinePolicies: [
      {
        name: "converter",
        policy: aws.iam.getPolicyDocumentOutput({
          statements: [
            ...conversion,
            {
              actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
              resources: [$interpolate`${logs.arn}:*`],
            },
            // The failure destination.
            { actions: ["lambda:InvokeFunction"], resources: [runEnded.arn] },
          ],
        }).json,
      },
    ],
  });
  const handler = new aws.lambda.Function("ConverterFunction", {
    name: `${prefix}-converter`,
    description: "Parquet to JSON",
    role: role.arn,
    runtime: lambdaLane.runtime,
    // The wheel has machine code.
    architectures: ["x86_64"],
    handler: lambdaLane.handler,
    s3Bucket: library.bucket,
    s3Key: library.key,
    memorySize: lambdaLane.memoryMB,
    timeout: lambdaLane.timeoutSeconds,
    loggingConfig: { logFormat: "Text", logGroup: logs.name },
  });
  // Lambda reports runs that crash, and S3 those that end with a report.
  new aws.lambda.FunctionEventInvokeConfig("ConverterEvents", {
    functionName: handler.name,
    maximumRetryAttempts: 0,
    maximumEventAgeInSeconds: lambdaLane.maxEventAgeSeconds,
    destinationConfig: { onFailure: { destination: runEnded.arn } },
  });
  buckets.output.notify({
    notifications: [
      {
        name: "Manifest",
        function: runEnded.arn,
        events: ["s3:ObjectCreated:*"],
        filterPrefix: reportsPrefix,
        filterSuffix: "/manifest.json",
      },
    ],
  });
  return handler;
}

// Linked by name only, like the job.
export const converterLink = new sst.Linkable("ConverterFunction", {
  properties: {
    name: converterFunction?.name ?? "",
    outputMaxBytes: config.lanes.lambda?.outputMaxBytes ?? 0,
  },
});

/** Permissions of a function that starts runs in this lane. */
export const allowInvoke = converterFunction
  ? [{ actions: ["lambda:InvokeFunction"], resources: [converterFunction.arn] }]
  : [];
