import { viewJobWithReports } from "@unparquet/core/job/jobs";
import { findJob } from "@unparquet/core/job/record";
import { readProgress } from "@unparquet/core/storage/output";
import { Hono } from "hono";
import { describeRoute } from "hono-openapi";
import { type ApiEnv, lambda } from "./http.ts";
import { errors, JobParams, JobResponse, json, validate } from "./schemas.ts";

export const status = new Hono<ApiEnv>().get(
  "/job-status/:jobId",
  describeRoute({
    operationId: "getJob",
    tags: ["Jobs"],
    summary: "Get a job",
    responses: {
      200: json("The job, with live `progress` while it runs.", JobResponse),
      ...errors("job_not_found"),
    },
  }),
  validate("param", JobParams),
  async (c) => {
    const job = await findJob(c.req.valid("param").jobId);
    const isRunning = job.status === "RUNNING" || job.status === "CANCELLING";
    return c.json({ job: await viewJobWithReports(job, isRunning ? await readProgress(job) : null) }, 200);
  },
);

export const handler = lambda(status);
