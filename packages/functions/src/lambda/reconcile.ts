import { MetricUnit } from "@aws-lambda-powertools/metrics";
import { reconcile } from "@unparquet/core/job/reconcile";
import type { Context } from "aws-lambda";
import { logger } from "../observe/logger.ts";
import { figuresOf, measure, measureEnded, publishMetrics } from "../observe/metrics.ts";

/** The scheduled repair of whatever events missed. */
export const handler = async (_event: unknown, context?: Context): Promise<void> => {
  const requestId = context?.awsRequestId;
  const { started, ended, expired, stuck, longestWait, errors } = await reconcile();
  for (const { job, run } of ended) {
    logger.info("The reconciler ended a job", { requestId, ...figuresOf(job, run) });
    measureEnded(job, run);
  }
  for (const { jobId } of started) logger.info("The reconciler started a job", { requestId, jobId });
  for (const { jobId } of expired) logger.info("The reconciler expired a job", { requestId, jobId });
  for (const { jobId, status } of stuck) logger.warn("A job is stuck", { requestId, jobId, status });
  for (const { jobId, error } of errors) {
    logger.error("The reconciler could not repair a job", { requestId, jobId, error });
  }
  measure("JobStuck", stuck.length);
  measure("StuckAge", longestWait / 1000, MetricUnit.Seconds);
  measure("ReconcileProblem", errors.length);
  publishMetrics();
};
