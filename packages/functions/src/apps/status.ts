import { viewJobWithReports } from "@unparquet/core/job/jobs";
import { findJob } from "@unparquet/core/job/record";
import { readProgress } from "@unparquet/core/storage/output";
import { statusRoute } from "../contract/status.ts";
import { routesApp } from "../http/routes.ts";

export const statusApp = routesApp().openapi(statusRoute, async (c) => {
  const job = await findJob(c.req.valid("param").jobId);
  const runs = job.status === "RUNNING" || job.status === "CANCELLING";
  return c.json({ job: await viewJobWithReports(job, runs ? await readProgress(job) : null) }, 200);
});
