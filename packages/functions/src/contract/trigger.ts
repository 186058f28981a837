import { Options } from "@unparquet/core/conversion/options";
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
    "and its job is FAILED with the same code. Once the day's quota is used up: 429, with `Retry-After`.",
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
  summary: "Convert the file of an ended job again",
  description:
    "A new attempt of a job that succeeded, failed or was cancelled, with its earlier options unless others are given. " +
    "Results of earlier attempts stay until the job is deleted.",
  request: {
    params: jobParams,
    body: { content: { "application/json": { schema: z.object({ options: Options.optional() }) } } },
  },
  responses: {
    202: json("The job, queued or already running.", JobAnswer),
    ...errors(...refusals),
  },
});
