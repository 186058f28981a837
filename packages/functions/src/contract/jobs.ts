import { JobStatus, JobSummary } from "@unparquet/core/job/schema";
import * as z from "zod";
import { errors } from "./problem.ts";
import { createRoute } from "./route.ts";
import { integerParam, JobAnswer, jobParams, json } from "./shared.ts";

/** A query parameter given once arrives as a string, given several times as an array. */
const statuses = z.union([JobStatus, z.array(JobStatus)]).transform((given) => [given].flat());

export const listJobsRoute = createRoute({
  method: "get",
  path: "/jobs",
  operationId: "listJobs",
  tags: ["Jobs"],
  summary: "List jobs, newest first",
  request: {
    query: z.object({
      status: statuses.optional().meta({
        type: "array",
        items: { $ref: "#/components/schemas/JobStatus" },
        description: "Only jobs with this status; may repeat.",
      }),
      limit: integerParam(1, 1000, 50, "Jobs a page at most."),
      cursor: z.string().min(1).max(512).optional().meta({ description: "`cursor` of the page before." }),
    }),
  },
  responses: {
    200: json(
      "A page of jobs. A page may hold fewer than `limit`; only a null `cursor` says that there are no more.",
      z.object({ jobs: z.array(JobSummary), cursor: z.string().nullable() }),
    ),
    ...errors("invalid_cursor"),
  },
});

export const cancelRoute = createRoute({
  method: "post",
  path: "/jobs/{jobId}/cancel",
  operationId: "cancelJob",
  tags: ["Jobs"],
  summary: "Stop a queued or running job",
  request: { params: jobParams },
  responses: {
    202: json("The job, CANCELLED or about to be.", JobAnswer),
    ...errors("job_not_found", "wrong_status"),
  },
});

export const deleteJobRoute = createRoute({
  method: "delete",
  path: "/jobs/{jobId}",
  operationId: "deleteJob",
  tags: ["Jobs"],
  summary: "Delete a job with its input and every output",
  request: { params: jobParams },
  responses: {
    204: { description: "The record, the input and every output are gone." },
    ...errors("job_not_found", "wrong_status"),
  },
});
