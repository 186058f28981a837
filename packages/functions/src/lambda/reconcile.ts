import { MetricUnit } from "@aws-lambda-powertools/metrics";
import { reconcile } from "@unparquet/core/reconcile";
import type { Context } from "aws-lambda";
import { logger } from "../observe/logger.ts";
import { countEnded, metrics } from "../observe/metrics.ts";

/** The scheduled repair of whatever events missed. */
export const handler = async (_event: unknown, context?: Context): Promise<void> => {
  const requestId = context?.awsRequestId;
  const { started, ended, expired, stuck, problems } = await reconcile();
  for (const job of ended) {
    logger.info("The reconciler ended a job", { requestId, jobId: job.jobId, status: job.status });
    countEnded(job);
  }
  for (const { jobId } of started) logger.info("The reconciler started a job", { requestId, jobId });
  for (const { jobId } of expired) logger.info("The reconciler expired a job", { requestId, jobId });
  for (const { jobId, status } of stuck) logger.warn("A job is stuck", { requestId, jobId, status });
  for (const { jobId, problem } of problems) {
    logger.error("The reconciler could not repair a job", { requestId, jobId, error: problem });
  }
  metrics.addMetric("JobStuck", MetricUnit.Count, stuck.length);
  metrics.addMetric("ReconcileProblem", MetricUnit.Count, problems.length);
  metrics.publishStoredMetrics();
};
