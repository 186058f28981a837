import { jobs, jobTable } from "./database.ts";
import { capability } from "./function.ts";
import { converter, glueJob } from "./glue.ts";
import { limits } from "./limits.ts";
import { reservations } from "./reservations.ts";
import { inputBucket, outputBucket, outputs, reports, uploads } from "./storage.ts";

/** Events that could not be delivered, or that the function failed on three times. */
export const deadLetters = new sst.aws.Queue("DeadLetters", {
  transform: { queue: { messageRetentionSeconds: 14 * 24 * 60 * 60, sqsManagedSseEnabled: true } },
});

export const glueStateChange = capability("glue-state-change", {
  link: [jobTable, outputBucket, glueJob],
  permissions: [
    jobs.allow("GetItem", "UpdateItem"),
    reports.allow("GetObject"),
    converter.allow("GetJobRun"),
    { actions: ["sqs:SendMessage"], resources: [deadLetters.arn] },
  ],
  memory: "512 MB",
  timeout: "20 seconds",
  // A hundred runs that end at once wait here for Lambda to try again, instead of racing for the table.
  reserved: reservations.glueStateChange,
  // EventBridge hands the event to Lambda's queue and is done: what fails after that is Lambda's to keep.
  retries: 2,
  transform: {
    eventInvokeConfig: (config) => {
      config.destinationConfig = { onFailure: { destination: deadLetters.arn } };
      return undefined;
    },
  },
});

const defaultBus = $interpolate`arn:aws:events:${aws.getRegionOutput().region}:${aws.getCallerIdentityOutput().accountId}:event-bus/default`;

// A longer name would cost the rule's own name a part of "unparquet": production's is at the limit.
const subscriber = sst.aws.Bus.subscribe("GlueJobState", defaultBus, glueStateChange, {
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

export const reconcile = capability("reconcile", {
  link: [jobTable, inputBucket, outputBucket, glueJob, limits],
  permissions: [
    jobs.allow("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"),
    jobs.allowQuery("byDue"),
    uploads.allow("GetObject", "DeleteObject", "AbortMultipartUpload"),
    uploads.allowList(),
    outputs.allow("DeleteObject"),
    outputs.allowList(),
    reports.allow("GetObject", "DeleteObject"),
    reports.allowList(),
    converter.allow("GetJobRun", "GetJobRuns", "StartJobRun", "BatchStopJobRun"),
  ],
  memory: "512 MB",
  timeout: "50 seconds",
  // Two rounds at once would only repeat each other's calls.
  reserved: reservations.reconcile,
  // The next minute's run repeats the work.
  retries: 0,
});

export const reconcileSchedule = new sst.aws.CronV2("Reconciler", {
  schedule: "rate(1 minute)",
  function: reconcile,
  dlq: deadLetters.arn,
});
