import { UnparquetError } from "@unparquet/core/errors";
import { findJob } from "@unparquet/core/job/find";
import { viewJob } from "@unparquet/core/job/view";
import { accepts } from "hono/accepts";
import { downloadRoute } from "../contract/download.ts";
import { routesApp } from "../http/routes.ts";

export const downloadApp = routesApp().openapi(downloadRoute, async (c) => {
  const { status, result, error } = await viewJob(await findJob(c.req.valid("param").jobId));
  if (!result) {
    const why = error ? `: ${error.message}` : ".";
    throw new UnparquetError("not_ready", `The job is ${status}${why}`);
  }
  const { url, filename, bytes, contentType } = result;
  const { redirect } = c.req.valid("query");
  const prefersJson =
    accepts(c, { header: "Accept", supports: ["*/*", "application/json"], default: "*/*" }) ===
    "application/json";
  if (redirect === "false" || (redirect === undefined && prefersJson)) {
    return c.json({ url, filename, bytes, contentType }, 200);
  }
  return c.redirect(url, 302);
});
