import { Options } from "@unparquet/core/conversion/options";
import { viewJob } from "@unparquet/core/job/jobs";
import { retryJob, type TriggerResult, triggerJob } from "@unparquet/core/job/run";
import { type Context, Hono } from "hono";
import { describeRoute } from "hono-openapi";
import * as z from "zod";
import { type ApiEnv, lambda } from "./http.ts";
import { AnyJobId, errors, JobParams, JobResponse, json, jsonOnly, validate } from "./schemas.ts";

/** Errors of the first look at a file, and of reading the request. */
export const conversionRefusals = [
  "wrong_status",
  "too_large",
  "unsupported_media_type",
  "not_parquet",
  "corrupt_file",
  "encrypted_file",
  "unsupported_feature",
  "unknown_column",
  "limit_exceeded",
] as const;
const refusals = errors("job_not_found", "input_missing", ...conversionRefusals);

export function logTriggered(c: Context<ApiEnv>, { job, error }: TriggerResult) {
  const { jobId, attempt, status, lane } = job;
  if (error) c.var.logger.warn("Run not started", { jobId, attempt, status, lane, error });
  else c.var.logger.info("Job triggered", { jobId, attempt, status, lane });
}

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
      logTriggered(c, result);
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
      logTriggered(c, result);
      return c.json({ job: await viewJob(result.job) }, 202);
    },
  );

export const handler = lambda(trigger);
