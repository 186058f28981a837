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

const none = ["'none'"];
const self = ["'self'"];

/** What a page of the dashboard may load, and whom it may talk to besides its own origin. */
const pageHeaders = (storageOrigins: string[]) =>
  secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: none,
      scriptSrc: [...self, "'wasm-unsafe-eval'"],
      workerSrc: self,
      // Mantine and react-remove-scroll add style elements while the page runs: what is in them differs, so no hash fits, and
      // a nonce would have to be in the page, which is served compressed and cached. No style attribute is in the markup.
      styleSrc: [...self, "'unsafe-inline'"],
      styleSrcAttr: none,
      imgSrc: [...self, "data:"],
      fontSrc: self,
      manifestSrc: self,
      connectSrc: [...self, ...storageOrigins],
      objectSrc: none,
      baseUri: none,
      formAction: none,
      frameAncestors: none,
    },
    xFrameOptions: "DENY",
  });

/**
 * Serves the built dashboard. What is neither a file nor a page is left to the next handler.
 * @param storageOrigins of the buckets that take uploads and give results
 */
export const dashboardApp = (files: Map<string, StaticFile>, storageOrigins: string[]) =>
  new Hono<ApiEnv>().get("*", pageHeaders(storageOrigins), etag(), async (c, next) => {
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
