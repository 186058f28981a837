import { findResult } from "@unparquet/core/job/jobs";
import { Result } from "@unparquet/core/job/schema";
import { Hono } from "hono";
import { accepts } from "hono/accepts";
import { describeRoute } from "hono-openapi";
import * as z from "zod";
import { type ApiEnv, lambda } from "./http.ts";
import { errors, JobParams, json, QueryInteger, validate } from "./schemas.ts";

const Download = Result.pick({ url: true, filename: true, bytes: true, contentType: true }).meta({
  id: "Download",
});

export const download = new Hono<ApiEnv>().get(
  "/download/:jobId",
  describeRoute({
    operationId: "downloadResult",
    tags: ["Jobs"],
    summary: "Download the JSON",
    description:
      "Redirects to the public object. With `redirect=false` or `Accept: application/json`, returns its address instead.",
    responses: {
      200: json("The address of the JSON.", Download),
      302: {
        description: "The JSON is at `Location`.",
        headers: { Location: { schema: { type: "string", format: "uri" } } },
      },
      ...errors("job_not_found", "not_ready"),
    },
  }),
  validate(
    "query",
    z.object({
      redirect: z.enum(["true", "false"]).optional(),
      attempt: QueryInteger(1, 9999).optional().meta({
        description: "Number of the attempt. Default: the latest that succeeded.",
      }),
    }),
  ),
  validate("param", JobParams),
  async (c) => {
    const { redirect, attempt } = c.req.valid("query");
    const { url, filename, bytes, contentType } = await findResult(c.req.valid("param").jobId, attempt);
    const type = accepts(c, {
      header: "Accept",
      supports: ["*/*", "application/json"],
      default: "*/*",
    });
    if (redirect === "false" || (redirect === undefined && type === "application/json")) {
      return c.json({ url, filename, bytes, contentType }, 200);
    }
    return c.redirect(url, 302);
  },
);

export const handler = lambda(download);
