import { sparkLane } from "../packages/core/src/deployment.ts";
import { allowAssets, asset, conversion, library, logGroup } from "./glue.ts";
import { config, prefix } from "./stage.ts";
import { outputs } from "./storage.ts";

/** The Glue job of the lane `spark`, which converts large files. It runs the same wheel. Undefined if the lane is off. */
export const sparkJob = config.lanes.spark ? create() : undefined;

function create() {
  const script = asset("SparkScript", "glue/spark_job.py");
  const name = `${prefix}-converter-spark`;
  const role = new aws.iam.Role("ConverterSparkRole", {
    name,
    assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "glue.amazonaws.com" }),
    inlinePolicies: [
      {
        name: "converter",
        policy: aws.iam.getPolicyDocumentOutput({
          statements: [
            allowAssets(script, library),
            ...conversion,
            // The driver finds the parts that executors uploaded.
            outputs.allow("ListMultipartUploadParts"),
            {
              // Shared by all Spark jobs of the account; Glue creates them with the first run's role.
              actions: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
              resources: ["output", "error", "logs-v2"].flatMap((group) => logGroup(`jobs/${group}`)),
            },
          ],
        }).json,
      },
    ],
  });
  return new aws.glue.Job("ConverterSpark", {
    name,
    description: "Large Parquet to JSON",
    roleArn: role.arn,
    glueVersion: sparkLane.glueVersion,
    command: {
      name: sparkLane.command,
      pythonVersion: sparkLane.pythonVersion,
      scriptLocation: $interpolate`s3://${script.bucket}/${script.key}`,
    },
    defaultArguments: {
      "--job-language": "python",
      "--additional-python-modules": $interpolate`s3://${library.bucket}/${library.key}`,
    },
    workerType: sparkLane.workerType,
    // Each run has its own number.
    numberOfWorkers: sparkLane.workersMin,
    timeout: sparkLane.timeoutMinutes,
    executionProperty: { maxConcurrentRuns: config.glue.maxConcurrentRuns },
    jobRunQueuingEnabled: sparkLane.queuing,
    maxRetries: sparkLane.maxRetries,
  });
}

export const sparkLink = new sst.Linkable("SparkJob", {
  properties: {
    name: sparkJob?.name ?? "",
    outputMinBytes: config.lanes.spark?.outputMinBytes ?? 0,
    workersMax: config.lanes.spark?.workersMax ?? 0,
    flex: config.lanes.spark?.flex ?? false,
  },
});
