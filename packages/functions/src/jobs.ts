import { deleteJob, listJobs, summarizeJob, viewJob } from "@unparquet/core/job/jobs";
import { cancelJob } from "@unparquet/core/job/run";
import { JobStatus, JobSummary } from "@unparquet/core/job/schema";
import { Hono } from "hono";
import { describeRoute } from "hono-openapi";
import * as z from "zod";
import { type ApiEnv, lambda } from "./http.ts";
import { errors, JobParams, JobResponse, json, QueryInteger, QueryList, validate } from "./schemas.ts";

export const jobs = new Hono<ApiEnv>()
  .get(
    "/jobs",
    describeRoute({
      operationId: "listJobs",
      tags: ["Jobs"],
      summary: "List jobs, newest first",
      responses: {
        200: json(
          "A page of jobs, which can have fewer than `limit`. `cursor` is null on the last page.",
          z.object({ jobs: z.array(JobSummary), cursor: z.string().nullable() }),
        ),
        ...errors("invalid_cursor"),
      },
    }),
    validate(
      "query",
      z.object({
        status: QueryList(z.array(JobStatus).optional()).meta({
          description: "Only jobs with this status. May repeat.",
        }),
        limit: QueryInteger(1, 1000).default(50).meta({ description: "Maximum number of jobs." }),
        cursor: z.string().min(1).max(512).optional().meta({ description: "`cursor` of the previous page." }),
      }),
    ),
    async (c) => {
      const { status, limit, cursor } = c.req.valid("query");
      const page = await listJobs({ limit, ...(status && { statuses: status }), ...(cursor && { cursor }) });
      const jobs = await Promise.all(page.jobs.map(summarizeJob));
      return c.json({ jobs, cursor: page.cursor }, 200);
    },
  )
  .post(
    "/jobs/:jobId/cancel",
    describeRoute({
      operationId: "cancelJob",
      tags: ["Jobs"],
      summary: "Cancel a queued or running job",
      responses: {
        202: json("The job, CANCELLED or CANCELLING.", JobResponse),
        ...errors("job_not_found", "wrong_status"),
      },
    }),
    validate("param", JobParams),
    async (c) => {
      const { job, error } = await cancelJob(c.req.valid("param").jobId);
      const { jobId, status } = job;
      if (error) c.var.logger.warn("Run not stopped yet", { jobId, status, error });
      else c.var.logger.info("Job cancelled", { jobId, status });
      return c.json({ job: await viewJob(job) }, 202);
    },
  )
  .delete(
    "/jobs/:jobId",
    describeRoute({
      operationId: "deleteJob",
      tags: ["Jobs"],
      summary: "Delete a job, its input and all its outputs",
      responses: {
        204: { description: "The job, its input and all its outputs are deleted." },
        ...errors("job_not_found", "wrong_status"),
      },
    }),
    validate("param", JobParams),
    async (c) => {
      const { jobId } = c.req.valid("param");
      await deleteJob(jobId);
      c.var.logger.info("Job deleted", { jobId });
      return c.body(null, 204);
    },
  );

export const handler = lambda(jobs);
