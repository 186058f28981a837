import { reservations } from "./config.ts";
import { jobs, jobTable } from "./database.ts";
import { lambda } from "./function.ts";
import { glueJobs } from "./glue-jobs.ts";
import { outputBucket, outputs, reports } from "./storage.ts";

/** Receives events that could not be delivered or that the function failed on three times. */
export const deadLetters = new sst.aws.Queue("DeadLetters", {
  transform: { queue: { messageRetentionSeconds: 14 * 24 * 60 * 60, sqsManagedSseEnabled: true } },
});

export const runEnded = lambda("run-ended", {
  link: [jobTable, outputBucket, ...glueJobs.links],
  permissions: [
    jobs.allow("GetItem", "UpdateItem"),
    reports.allow("GetObject"),
    outputs.allow("AbortMultipartUpload"),
    outputs.allowListUploads(),
    glueJobs.allow("GetJobRun"),
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
