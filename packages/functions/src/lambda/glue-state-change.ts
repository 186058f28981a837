import { findRun, glueJobName, isEndedState } from "@unparquet/core/glue/runs";
import { endRun } from "@unparquet/core/job/run";
import type { Context } from "aws-lambda";
import * as z from "zod";
import { logger } from "../observe/logger.ts";
import { figuresOf, measureEnded, publishMetrics } from "../observe/metrics.ts";

/** https://docs.aws.amazon.com/glue/latest/dg/automating-awsglue-with-cloudwatch-events.html */
const StateChange = z.object({
  detail: z.object({
    jobName: z.string(),
    jobRunId: z.string(),
    state: z.string(),
    message: z.string().default(""),
  }),
});

/** Ends the job whose run Glue says has ended. Throws where that may work later, so that the event is delivered again. */
export const handler = async (event: unknown, context?: Context): Promise<void> => {
  const { jobName, jobRunId: runId, state, message } = StateChange.parse(event).detail;
  if (jobName !== glueJobName() || !isEndedState(state)) return;
  const run = await findRun(runId);
  const keys = { requestId: context?.awsRequestId, runId, state };
  if (!run) {
    logger.warn("A run ended that was not started for a job", keys);
    return;
  }
  const { jobId, attempt } = run;
  const ended = { ...run, state, message };
  const job = await endRun(ended);
  if (!job) {
    logger.info("A run ended that changes nothing", { ...keys, jobId, attempt });
    return;
  }
  logger.info("The job ended", { ...keys, ...figuresOf(job, ended) });
  measureEnded(job, ended);
  publishMetrics();
};
