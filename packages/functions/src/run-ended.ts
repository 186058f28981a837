import { findRecord } from "@unparquet/core/job/record";
import { endRun } from "@unparquet/core/job/run";
import { FailureRecord, findFailed } from "@unparquet/core/lanes/lambda";
import { hasEnded, type Run } from "@unparquet/core/lanes/lane";
import { laneOf, laneOfGlueJob } from "@unparquet/core/lanes/lanes";
import { attemptOfManifest } from "@unparquet/core/storage/keys";
import type { Context } from "aws-lambda";
import * as z from "zod";
import { logger } from "./logger.ts";
import { figuresOf, measureEnded, publishMetrics } from "./metrics.ts";

/** https://docs.aws.amazon.com/glue/latest/dg/automating-awsglue-with-cloudwatch-events.html */
const GlueStateChange = z.object({
  detail: z.object({
    jobName: z.string(),
    jobRunId: z.string(),
    state: z.string(),
    message: z.string().default(""),
  }),
});

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
const ManifestCreated = z.object({
  Records: z.array(z.object({ s3: z.object({ object: z.object({ key: z.string() }) }) })),
});

const RunEvent = z.union([GlueStateChange, FailureRecord, ManifestCreated]);

/** Finds the runs that an event is about. */
async function runsOf(event: z.infer<typeof RunEvent>): Promise<(Run | null)[]> {
  if ("detail" in event) {
    const { jobName, jobRunId, ...change } = event.detail;
    const lane = laneOfGlueJob(jobName);
    return lane ? [await lane.findChanged(jobRunId, change)] : [];
  }
  if ("requestPayload" in event) return [await findFailed(event)];
  return Promise.all(
    event.Records.map(async ({ s3: { object } }) => {
      // S3 form-encodes keys.
      const attempt = attemptOfManifest(decodeURIComponent(object.key.replaceAll("+", " ")));
      const job = attempt && (await findRecord(attempt.jobId));
      return job && job.attempt === attempt.attempt ? laneOf(job).find(job) : null;
    }),
  );
}

/**
 * Ends the job whose run has ended. Receives Glue's state changes, S3's events of new manifests, and events that Lambda could
 * not process. Throws on temporary errors, so that the event is delivered again.
 */
export async function handler(event: unknown, context?: Context): Promise<void> {
  for (const run of await runsOf(RunEvent.parse(event))) await end(run, context?.awsRequestId);
}

async function end(run: Run | null, requestId: string | undefined): Promise<void> {
  if (!run) {
    logger.warn("The run does not belong to a job", { requestId });
    return;
  }
  const { jobId, attempt, lane, runId, state } = run;
  const keys = { requestId, jobId, attempt, lane, runId, state };
  const job = hasEnded(run) ? await endRun(run) : null;
  if (!job) {
    logger.info("The event changes nothing", keys);
    return;
  }
  logger.info("The job ended", { ...keys, ...figuresOf(job, run) });
  measureEnded(job, run);
  publishMetrics();
}
