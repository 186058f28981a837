import { findRun, glueJobName, isEndedState } from "@unparquet/core/glue/runs";
import { endRun } from "@unparquet/core/job/run";
import type { Context } from "aws-lambda";
import * as z from "zod";
import { logger } from "./logger.ts";
import { figuresOf, measureEnded, publishMetrics } from "./metrics.ts";

/** https://docs.aws.amazon.com/glue/latest/dg/automating-awsglue-with-cloudwatch-events.html */
const StateChange = z.object({
  detail: z.object({
    jobName: z.string(),
    jobRunId: z.string(),
    state: z.string(),
    message: z.string().default(""),
  }),
});

/** Ends the job whose Glue run has ended. Throws on temporary errors, so that the event is delivered again. */
export async function handler(event: unknown, context?: Context): Promise<void> {
  const { jobName, jobRunId: runId, state, message } = StateChange.parse(event).detail;
  if (jobName !== glueJobName() || !isEndedState(state)) return;
  const run = await findRun(runId);
  const keys = { requestId: context?.awsRequestId, runId, state };
  if (!run) {
    logger.warn("The run does not belong to a job", keys);
    return;
  }
  const { jobId, attempt } = run;
  const ended = { ...run, state, message };
  const job = await endRun(ended);
  if (!job) {
    logger.info("The run's end changes nothing", { ...keys, jobId, attempt });
    return;
  }
  logger.info("The job ended", { ...keys, ...figuresOf(job, ended) });
  measureEnded(job, ended);
  publishMetrics();
}
