import { Result } from "@unparquet/core/job/schema";
import * as z from "zod";
import { errors } from "./problem.ts";
import { createRoute } from "./route.ts";
import { attemptParam, jobParams, json } from "./shared.ts";

export const downloadRoute = createRoute({
  method: "get",
  path: "/download/{jobId}",
  operationId: "downloadResult",
  tags: ["Jobs"],
  summary: "Get the converted file",
  description:
    "Redirects to the public object. With `redirect=false` or `Accept: application/json`: says where it is.",
  request: {
    params: jobParams,
    query: z.object({
      redirect: z.enum(["true", "false"]).optional(),
      attempt: attemptParam.optional().meta({
        type: "integer",
        minimum: 1,
        description: "Of which attempt. Default: the latest that succeeded.",
      }),
    }),
  },
  responses: {
    200: json(
      "Where the converted file is.",
      Result.pick({ url: true, filename: true, bytes: true, contentType: true }).meta({ id: "Download" }),
    ),
    302: {
      description: "The converted file is at `Location`.",
      headers: { Location: { schema: { type: "string", format: "uri" } } },
    },
    ...errors("job_not_found", "not_ready"),
  },
});
