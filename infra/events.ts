import { reservations } from "./config.ts";
import { jobs, jobTable } from "./database.ts";
import { lambda } from "./function.ts";
import { glueJobs } from "./glue-jobs.ts";
import { allowInvoke, converterLink } from "./lambda-lane.ts";
import { deadLetters, runEnded } from "./run-ended.ts";
import { limits } from "./stage.ts";
import { inputBucket, outputBucket, outputs, reports, stopRequests, uploads } from "./storage.ts";

const defaultBus = $interpolate`arn:aws:events:${aws.getRegionOutput().region}:${aws.getCallerIdentityOutput().accountId}:event-bus/default`;

// With a longer name SST would shorten the rule's prefix: production's is at the limit.
const subscriber = sst.aws.Bus.subscribe("GlueJobState", defaultBus, runEnded, {
  pattern: {
    source: ["aws.glue"],
    detailType: ["Glue Job State Change"],
    detail: { jobName: glueJobs.names },
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

export const reconcile = lambda("reconcile", {
  link: [jobTable, inputBucket, outputBucket, ...glueJobs.links, converterLink, limits],
  permissions: [
    jobs.allow("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"),
    jobs.allowQuery("byDue"),
    uploads.allow("GetObject", "DeleteObject", "AbortMultipartUpload"),
    uploads.allowList(),
    outputs.allow("DeleteObject", "AbortMultipartUpload"),
    outputs.allowList(),
    outputs.allowListUploads(),
    reports.allow("GetObject", "DeleteObject"),
    stopRequests.allow("PutObject"),
    ...allowInvoke,
    reports.allowList(),
    glueJobs.allow("GetJobRun", "GetJobRuns", "StartJobRun", "BatchStopJobRun"),
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
