import { lambdaLane, reportsPrefix } from "../packages/core/src/deployment.ts";
import { reservations } from "./config.ts";
import { jobs, jobTable } from "./database.ts";
import { lambda } from "./function.ts";
import { converter, glueJob } from "./glue.ts";
import { allowInvoke, converterFunction, converterLink } from "./lambda-lane.ts";
import { limits } from "./stage.ts";
import { buckets, inputBucket, outputBucket, outputs, reports, stopRequests, uploads } from "./storage.ts";

/** Receives events that could not be delivered or that the function failed on three times. */
export const deadLetters = new sst.aws.Queue("DeadLetters", {
  transform: { queue: { messageRetentionSeconds: 14 * 24 * 60 * 60, sqsManagedSseEnabled: true } },
});

export const runEnded = lambda("run-ended", {
  link: [jobTable, outputBucket, glueJob],
  permissions: [
    jobs.allow("GetItem", "UpdateItem"),
    reports.allow("GetObject"),
    converter.allow("GetJobRun"),
    { actions: ["sqs:SendMessage"], resources: [deadLetters.arn] },
  ],
  memory: "512 MB",
  timeout: "20 seconds",
  // When a hundred runs end at once, Lambda queues their events instead of letting them compete for the table.
  reserved: reservations.runEnded,
  // EventBridge and S3 only deliver events to Lambda's queue; later failures are retried and kept by Lambda.
  retries: 2,
  transform: {
    eventInvokeConfig: (config) => {
      config.destinationConfig = { onFailure: { destination: deadLetters.arn } };
      return undefined;
    },
  },
});

const defaultBus = $interpolate`arn:aws:events:${aws.getRegionOutput().region}:${aws.getCallerIdentityOutput().accountId}:event-bus/default`;

// With a longer name SST would shorten the rule's prefix: production's is at the limit.
const subscriber = sst.aws.Bus.subscribe("GlueJobState", defaultBus, runEnded, {
  pattern: {
    source: ["aws.glue"],
    detailType: ["Glue Job State Change"],
    detail: { jobName: [converter.name] },
  },
  transform: {
    target: (target) => {
      target.retryPolicy = { maximumEventAgeInSeconds: 6 * 60 * 60, maximumRetryAttempts: 10 };
      target.deadLetterConfig = { arn: deadLetters.arn };
      return undefined;
    },
  },
});

new aws.sqs.QueuePolicy("DeadLettersPolicy", {
  queueUrl: deadLetters.url,
  policy: aws.iam.getPolicyDocumentOutput({
    statements: [
      {
        principals: [{ type: "Service", identifiers: ["events.amazonaws.com"] }],
        actions: ["sqs:SendMessage"],
        resources: [deadLetters.arn],
        conditions: [{ test: "ArnEquals", variable: "aws:SourceArn", values: [subscriber.nodes.rule.arn] }],
      },
    ],
  }).json,
});

// Lambda reports runs that crash, and S3 those that end with a report.
if (converterFunction) {
  const { handler, role } = converterFunction;
  new aws.iam.RolePolicy("ConverterFailures", {
    role: role.name,
    policy: aws.iam.getPolicyDocumentOutput({
      statements: [{ actions: ["lambda:InvokeFunction"], resources: [runEnded.arn] }],
    }).json,
  });
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
}

export const reconcile = lambda("reconcile", {
  link: [jobTable, inputBucket, outputBucket, glueJob, converterLink, limits],
  permissions: [
    jobs.allow("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"),
    jobs.allowQuery("byDue"),
    uploads.allow("GetObject", "DeleteObject", "AbortMultipartUpload"),
    uploads.allowList(),
    outputs.allow("DeleteObject"),
    outputs.allowList(),
    reports.allow("GetObject", "DeleteObject"),
    stopRequests.allow("PutObject"),
    ...allowInvoke,
    reports.allowList(),
    converter.allow("GetJobRun", "GetJobRuns", "StartJobRun", "BatchStopJobRun"),
  ],
  memory: "512 MB",
  timeout: "50 seconds",
  // Concurrent rounds would only repeat each other's calls.
  reserved: reservations.reconcile,
  // The next scheduled run repeats the work.
  retries: 0,
});

export const reconcileSchedule = new sst.aws.CronV2("Reconciler", {
  schedule: "rate(1 minute)",
  function: reconcile,
  dlq: deadLetters.arn,
});
