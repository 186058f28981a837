import { Options } from "@unparquet/core/job/options";
import * as z from "zod";
import { errors } from "./problem.ts";
import { createRoute } from "./route.ts";
import { JobAnswer, JobIdGiven, jobParams, json } from "./shared.ts";

const refusals = [
  "job_not_found",
  "input_missing",
  "wrong_status",
  "too_large",
  "unsupported_media_type",
  "not_parquet",
  "corrupt_file",
  "encrypted_file",
  "limit_exceeded",
] as const;

export const triggerRoute = createRoute({
  method: "post",
  path: "/trigger-job",
  operationId: "triggerJob",
  tags: ["Jobs"],
  summary: "Convert the uploaded file",
  description:
    "Checks the file and starts the conversion. A file that is no Parquet file at first sight is answered with 422, " +
    "and its job is FAILED with the same code. At most so many conversions start a day: then 429, with `Retry-After`.",
  request: {
    body: {
      required: true,
      content: {
        "application/json": { schema: z.object({ jobId: JobIdGiven, options: Options.optional() }) },
      },
    },
  },
  responses: {
    200: json("The job as it is: it was already queued or running.", JobAnswer),
    202: json("The job, queued or already running.", JobAnswer),
    ...errors(...refusals),
  },
});

export const retryRoute = createRoute({
  method: "post",
  path: "/jobs/{jobId}/retry",
  operationId: "retryJob",
  tags: ["Jobs"],
  summary: "Try a failed or cancelled job again",
  description: "A new attempt of the same job, with its earlier options unless others are given.",
  request: {
    params: jobParams,
    body: { content: { "application/json": { schema: z.object({ options: Options.optional() }) } } },
  },
  responses: {
    202: json("The job, queued or already running.", JobAnswer),
    ...errors(...refusals),
  },
});
