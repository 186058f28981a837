import { deleteJob, listJobs, summarizeJob, viewJob } from "@unparquet/core/job/jobs";
import { cancelJob } from "@unparquet/core/job/run";
import { cancelRoute, deleteJobRoute, listJobsRoute } from "../contract/jobs.ts";
import { routesApp } from "../http/routes.ts";

export const jobsApp = routesApp()
  .openapi(listJobsRoute, async (c) => {
    const { status, limit, cursor } = c.req.valid("query");
    const page = await listJobs({ limit, ...(status && { statuses: status }), ...(cursor && { cursor }) });
    const jobs = await Promise.all(page.jobs.map(summarizeJob));
    return c.json({ jobs, cursor: page.cursor }, 200);
  })
  .openapi(cancelRoute, async (c) => {
    const { job, error } = await cancelJob(c.req.valid("param").jobId);
    const { jobId, status } = job;
    if (error) c.var.logger.warn("The run could not be stopped yet", { jobId, status, error });
    else c.var.logger.info("The job was asked to stop", { jobId, status });
    return c.json({ job: await viewJob(job) }, 202);
  })
  .openapi(deleteJobRoute, async (c) => {
    const { jobId } = c.req.valid("param");
    await deleteJob(jobId);
    c.var.logger.info("The job was deleted", { jobId });
    return c.body(null, 204);
  });
