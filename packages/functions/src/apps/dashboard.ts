import { Hono } from "hono";
import { etag } from "hono/etag";
import { secureHeaders } from "hono/secure-headers";
import { parseAccept } from "hono/utils/accept";
import type { ApiEnv } from "../http/api.ts";
import type { StaticFile } from "../static/files.ts";

/** Vite puts a hash of the content into the names of these. */
const hashed = "/assets/";

const acceptedEncoding = ({ encodings }: StaticFile, header: string | undefined) => {
  const accepted = parseAccept(header ?? "").filter(({ q }) => q > 0);
  return encodings.find((encoding) => accepted.some(({ type }) => type === encoding));
};

/** Whether a browser asks for a page, which the dashboard's own router then finds. */
const isNavigation = (path: string, accept: string | undefined) =>
  !path.startsWith(hashed) && parseAccept(accept ?? "").some(({ type, q }) => type === "text/html" && q > 0);

/** Serves the built dashboard. What is neither a file nor a page is left to the next handler. */
export const dashboardApp = (files: Map<string, StaticFile>) =>
  new Hono<ApiEnv>().get("*", secureHeaders(), etag(), async (c, next) => {
    const { path } = c.req;
    const index = "/index.html";
    const file =
      files.get(path === "/" ? index : path) ??
      (isNavigation(path, c.req.header("Accept")) ? files.get(index) : undefined);
    if (!file) return next();
    const encoding = acceptedEncoding(file, c.req.header("Accept-Encoding"));
    if (file.encodings.length > 0) c.header("Vary", "Accept-Encoding");
    if (encoding) c.header("Content-Encoding", encoding);
    c.header("Content-Type", file.contentType);
    c.header("ETag", await file.etag());
    c.header("Cache-Control", path.startsWith(hashed) ? "public, max-age=31536000, immutable" : "no-cache");
    return c.body(await file.bytes(encoding));
  });
