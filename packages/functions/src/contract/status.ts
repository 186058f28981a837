import { errors } from "./problem.ts";
import { createRoute } from "./route.ts";
import { JobAnswer, jobParams, json } from "./shared.ts";

export const statusRoute = createRoute({
  method: "get",
  path: "/job-status/{jobId}",
  operationId: "getJob",
  tags: ["Jobs"],
  summary: "See where a job stands",
  request: { params: jobParams },
  responses: {
    200: json("The job, with live `progress` while it runs.", JobAnswer),
    ...errors("job_not_found"),
  },
});
