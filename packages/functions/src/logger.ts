import { Logger } from "@aws-lambda-powertools/logger";
import type { TriggerResult } from "@unparquet/core/job/run";

export const logger = new Logger({ serviceName: "unparquet" });

export function logTriggered(log: Logger, { job, error }: TriggerResult): void {
  const { jobId, attempt, status, lane } = job;
  if (error) log.warn("Run not started", { jobId, attempt, status, lane, error });
  else log.info("Job triggered", { jobId, attempt, status, lane });
}
