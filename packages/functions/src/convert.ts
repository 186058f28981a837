import { Options } from "@unparquet/core/conversion/options";
import { MiB } from "@unparquet/core/deployment";
import { UnparquetError } from "@unparquet/core/errors";
import { findResult, viewJob } from "@unparquet/core/job/jobs";
import { convertDirectly, waitForEnd } from "@unparquet/core/job/run";
import { Filename } from "@unparquet/core/storage/keys";
import { Hono } from "hono";
import { describeRoute } from "hono-openapi";
import * as z from "zod";
import { type ApiEnv, bodyMaxBytes, callerOf, lambda } from "./http.ts";
import { logTriggered } from "./logger.ts";
import {
  conversionRefusals,
  errors,
  fileBody,
  fileOf,
  JobResponse,
  json,
  QueryInteger,
  QueryList,
  validate,
} from "./schemas.ts";

/** API Gateway gives up after 30 seconds. */
const waitMs = 25_000;

const Query = z.strictObject({
  filename: Filename,
  ...Options.shape,
  columns: QueryList(Options.shape.columns).meta({
    description: `${Options.shape.columns.meta()?.description} May repeat.`,
  }),
  limit: QueryInteger(1, 999_999_999)
    .optional()
    .meta({ description: Options.shape.limit.meta()?.description }),
});

export const convert = new Hono<ApiEnv>().post(
  "/convert",
  describeRoute({
    operationId: "convertFile",
    tags: ["Jobs"],
    summary: "Convert a file in one request",
    description:
      `Uploads the file in the body, up to ${bodyMaxBytes / MiB} MiB, converts it and redirects to the JSON. ` +
      `If that takes longer than ${waitMs / 1000} seconds: 202; call GET /job-status/{jobId} until the job has ended.`,
    requestBody: fileBody,
    responses: {
      202: json("The job, still queued or running.", JobResponse),
      303: {
        description: "The JSON is at `Location`.",
        headers: { Location: { schema: { type: "string", format: "uri" } } },
      },
      ...errors(...conversionRefusals),
    },
  }),
  validate("query", Query),
  async (c) => {
    const { filename, ...options } = c.req.valid("query");
    const file = await fileOf(c);
    const result = await convertDirectly({ filename, caller: callerOf(c) }, file, options);
    logTriggered(c.var.logger, result);
    const job = await waitForEnd(result.job, waitMs);
    if (job.status === "SUCCEEDED") return c.redirect((await findResult(job.jobId)).url, 303);
    if (job.status === "CANCELLED") throw new UnparquetError("wrong_status", "The job was cancelled.");
    if (job.error) throw new UnparquetError(job.error.code, job.error.message);
    return c.json({ job: await viewJob(job) }, 202);
  },
);

export const handler = lambda(convert);
