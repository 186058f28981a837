import { viewJob } from "@unparquet/core/job/jobs";
import { retryJob, type TriggerResult, triggerJob } from "@unparquet/core/job/run";
import type { Context } from "hono";
import { retryRoute, triggerRoute } from "../contract/trigger.ts";
import type { ApiEnv } from "../http/api.ts";
import { routesApp } from "../http/routes.ts";

const log = (c: Context<ApiEnv>, { job: { jobId, attempt, status }, error }: TriggerResult) => {
  if (error) c.var.logger.warn("The run could not be started", { jobId, attempt, status, error });
  else c.var.logger.info("The job was asked to run", { jobId, attempt, status });
};

export const triggerApp = routesApp()
  .openapi(triggerRoute, async (c) => {
    const { jobId, options } = c.req.valid("json");
    const accepted = await triggerJob(jobId, options);
    log(c, accepted);
    return c.json({ job: await viewJob(accepted.job) }, accepted.accepted ? 202 : 200);
  })
  .openapi(retryRoute, async (c) => {
    const accepted = await retryJob(c.req.valid("param").jobId, c.req.valid("json").options);
    log(c, accepted);
    return c.json({ job: await viewJob(accepted.job) }, 202);
  });
