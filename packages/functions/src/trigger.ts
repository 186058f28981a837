import { Options } from "@unparquet/core/conversion/options";
import { viewJob } from "@unparquet/core/job/jobs";
import { retryJob, triggerJob } from "@unparquet/core/job/run";
import { Hono } from "hono";
import { describeRoute } from "hono-openapi";
import * as z from "zod";
import { type ApiEnv, lambda } from "./http.ts";
import { logTriggered } from "./logger.ts";
import {
  AnyJobId,
  conversionRefusals,
  errors,
  JobParams,
  JobResponse,
  json,
  jsonOnly,
  validate,
} from "./schemas.ts";

const refusals = errors("job_not_found", "input_missing", ...conversionRefusals);

export const trigger = new Hono<ApiEnv>()
  .post(
    "/trigger-job",
    describeRoute({
      operationId: "triggerJob",
      tags: ["Jobs"],
      summary: "Convert the uploaded file",
      description:
        "Checks the file's footer and starts the conversion. If the options do not suit the file, such as with " +
        "`unknown_column`: 422, and the job does not change. If the file itself cannot be converted: 422, and the job is " +
        "FAILED with the same code. Once a daily limit is used up: 429 with `Retry-After`.",
      responses: {
        200: json("The current job; nothing was started.", JobResponse),
        202: json("The job, queued or running.", JobResponse),
        ...refusals,
      },
    }),
    jsonOnly,
    validate("json", z.object({ jobId: AnyJobId, options: Options.optional() })),
    async (c) => {
      const { jobId, options } = c.req.valid("json");
      const result = await triggerJob(jobId, options);
      logTriggered(c.var.logger, result);
      return c.json({ job: await viewJob(result.job) }, result.accepted ? 202 : 200);
    },
  )
  .post(
    "/jobs/:jobId/retry",
    validate("param", JobParams),
    jsonOnly,
    validate("json", z.object({ options: Options.optional() })),
    // After the validator, which documents the body as required.
    describeRoute({
      operationId: "retryJob",
      tags: ["Jobs"],
      summary: "Convert the file of an ended job again",
      description:
        "Starts a new attempt of a job that succeeded, failed or was cancelled, with the same options unless others are " +
        "given. Earlier results are kept until the job is deleted. Checks the file's footer first; a 422 does not change the job.",
      requestBody: { required: false, content: {} },
      responses: { 202: json("The job, queued or running.", JobResponse), ...refusals },
    }),
    async (c) => {
      const result = await retryJob(c.req.valid("param").jobId, c.req.valid("json").options);
      logTriggered(c.var.logger, result);
      return c.json({ job: await viewJob(result.job) }, 202);
    },
  );

export const handler = lambda(trigger);
