import { findResult } from "@unparquet/core/job/jobs";
import { accepts } from "hono/accepts";
import { downloadRoute } from "../contract/download.ts";
import { routesApp } from "../http/routes.ts";

export const downloadApp = routesApp().openapi(downloadRoute, async (c) => {
  const { redirect, attempt } = c.req.valid("query");
  const { url, filename, bytes, contentType } = await findResult(c.req.valid("param").jobId, attempt);
  const prefersJson =
    accepts(c, { header: "Accept", supports: ["*/*", "application/json"], default: "*/*" }) ===
    "application/json";
  if (redirect === "false" || (redirect === undefined && prefersJson)) {
    return c.json({ url, filename, bytes, contentType }, 200);
  }
  return c.redirect(url, 302);
});
