import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { Hono } from "hono";
import type { LambdaContext, LambdaEvent } from "hono/aws-lambda";
import { etag } from "hono/etag";
import { secureHeaders } from "hono/secure-headers";
import { parseAccept } from "hono/utils/accept";
import { getMimeType } from "hono/utils/mime";
import { Resource } from "sst";
import { type ApiEnv, lambda } from "./http.ts";

/** File extensions of encodings, best compression first. */
const extensions = { br: ".br", gzip: ".gz" } as const;
type Encoding = keyof typeof extensions;
const encodings = Object.keys(extensions) as Encoding[];

/** Reads once and remembers. */
function once<Key, T>(read: (key: Key) => Promise<T>): (key: Key) => Promise<T> {
  const results = new Map<Key, Promise<T>>();
  return (key) => {
    const result = results.get(key) ?? read(key);
    results.set(key, result);
    return result;
  };
}

/** A file that is read and hashed when it is first requested. */
export function staticFile(
  name: string,
  encodings: Encoding[],
  read: (encoding?: Encoding) => Promise<Uint8Array>,
) {
  const bytes = once(read);
  const hash = once(async (_: undefined) =>
    createHash("sha256")
      .update(await bytes(undefined))
      .digest("base64url"),
  );
  return {
    contentType: getMimeType(name) ?? "application/octet-stream",
    encodings,
    /** Weak, as it is the same for every encoding. */
    etag: async () => `W/"${(await hash(undefined)).slice(0, 22)}"`,
    bytes: async (encoding?: Encoding) => new Uint8Array(await bytes(encoding)),
  };
}
export type StaticFile = ReturnType<typeof staticFile>;

/**
 * The files of a folder by URL path (`/assets/index.js`). Paths are looked up, never joined, so none leads outside the folder.
 * `FILE.br` and `FILE.gz` are encodings of `FILE`, not files.
 */
export async function staticFiles(folder: string): Promise<Map<string, StaticFile>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = new Set(
    entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name)),
  );
  const isEncoding = (file: string) =>
    encodings.some(
      (encoding) =>
        file.endsWith(extensions[encoding]) && paths.has(file.slice(0, -extensions[encoding].length)),
    );
  return new Map(
    [...paths]
      .filter((file) => !isEncoding(file))
      .map((file) => [
        `/${path.relative(folder, file).split(path.sep).join("/")}`,
        staticFile(
          file,
          encodings.filter((encoding) => paths.has(file + extensions[encoding])),
          (encoding) => readFile(encoding ? file + extensions[encoding] : file),
        ),
      ]),
  );
}

/** Vite names these files by their content. */
const hashed = "/assets/";

function acceptedEncoding({ encodings }: StaticFile, header = ""): Encoding | undefined {
  const accepted = parseAccept(header).filter(({ q }) => q > 0);
  return encodings.find((encoding) => accepted.some(({ type }) => type === encoding));
}

/** Whether a browser asks for a page, which the dashboard's router then shows. */
function isNavigation(path: string, accept = ""): boolean {
  return !path.startsWith(hashed) && parseAccept(accept).some(({ type, q }) => type === "text/html" && q > 0);
}

const none = ["'none'"];
const self = ["'self'"];
const unsafeInline = ["'unsafe-inline'"];

function pageHeaders(policy: object) {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: none,
      scriptSrc: self,
      // Mantine, react-remove-scroll and Scalar add style elements at run time. Their content varies, so hashes do not fit, and
      // a nonce would have to be in the page, which is served compressed and cached.
      styleSrc: [...self, ...unsafeInline],
      imgSrc: [...self, "data:"],
      fontSrc: self,
      connectSrc: self,
      objectSrc: none,
      baseUri: none,
      formAction: none,
      frameAncestors: none,
      ...policy,
    },
    xFrameOptions: "DENY",
  });
}

const docsHeaders = pageHeaders({ styleSrcAttr: unsafeInline });

function dashboardHeaders(storageOrigins: string[]) {
  return pageHeaders({
    scriptSrc: [...self, "'wasm-unsafe-eval'"],
    workerSrc: self,
    manifestSrc: self,
    styleSrcAttr: none,
    connectSrc: [...self, ...storageOrigins],
  });
}

/**
 * Serves the built dashboard, and the API's documentation at `/docs` and `/openapi.json`.
 * @param storageOrigins of the buckets that pages may upload to and read from
 */
export function dashboard(files: Map<string, StaticFile>, storageOrigins: string[]) {
  const headers = dashboardHeaders(storageOrigins);
  return new Hono<ApiEnv>().get(
    "*",
    (c, next) => (c.req.path === "/docs" ? docsHeaders : headers)(c, next),
    etag(),
    async (c, next) => {
      const { path } = c.req;
      const index = "/index.html";
      const file =
        files.get(path === "/" ? index : path) ??
        files.get(`${path}.html`) ??
        (isNavigation(path, c.req.header("Accept")) ? files.get(index) : undefined);
      if (!file) return next();
      const encoding = acceptedEncoding(file, c.req.header("Accept-Encoding"));
      if (file.encodings.length > 0) c.header("Vary", "Accept-Encoding");
      if (encoding) c.header("Content-Encoding", encoding);
      c.header("Content-Type", file.contentType);
      c.header("ETag", await file.etag());
      c.header("Cache-Control", path.startsWith(hashed) ? "public, max-age=31536000, immutable" : "no-cache");
      return c.body(await file.bytes(encoding));
    },
  );
}

/** The API's routes as its OpenAPI document lists them, without handlers: for another method they answer 405. */
export async function documentedRoutes(document: StaticFile | undefined) {
  const routes = new Hono<ApiEnv>();
  const bytes = await document?.bytes();
  const { paths }: { paths: Record<string, object> } = bytes
    ? JSON.parse(new TextDecoder().decode(bytes))
    : { paths: {} };
  for (const [template, operations] of Object.entries(paths)) {
    routes.on(Object.keys(operations), [template.replaceAll(/\{(\w+)\}/g, ":$1")], (c) => c.notFound());
  }
  return routes;
}

/** Origins of buckets as the SDK addresses them: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html */
export function bucketOrigins(buckets: string[], env: NodeJS.ProcessEnv): string[] {
  const endpoint = env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL;
  if (endpoint) return [new URL(endpoint).origin];
  return buckets.map((bucket) => `https://${bucket}.s3.${env.AWS_REGION}.amazonaws.com`);
}

/** Made by the first call, so that importing this module reads no files. */
let serve: ReturnType<typeof lambda> | undefined;

export async function handler(event: LambdaEvent, context?: LambdaContext) {
  if (!serve) {
    // The deployment puts the built dashboard beside the function's code.
    const files = await staticFiles(
      path.join(process.env.LAMBDA_TASK_ROOT ?? import.meta.dirname, "dashboard"),
    );
    const origins = bucketOrigins([Resource.InputBucket.name, Resource.OutputBucket.name], process.env);
    serve = lambda(dashboard(files, origins), await documentedRoutes(files.get("/openapi.json")));
  }
  return serve(event, context);
}
