import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { expectProblem } from "@unparquet/testing/api/client";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { bucketOrigins, dashboard, documentedRoutes, staticFiles } from "./dashboard.ts";
import { api } from "./http.ts";

const script = "console.log('unparquet');".repeat(100);
const html = { Accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
const storage = [
  "https://input.s3.eu-central-1.amazonaws.com",
  "https://output.s3.eu-central-1.amazonaws.com",
];
let folder: string;
type Send = (url: string, headers?: Record<string, string>) => Promise<Response>;
let get: Send;
let head: Send;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "dashboard-"));
  await mkdir(path.join(folder, "dist/assets"), { recursive: true });
  await writeFile(path.join(folder, "secret.txt"), "secret");
  await writeFile(path.join(folder, "dist/index.html"), "<!doctype html><title>unparquet</title>");
  await writeFile(path.join(folder, "dist/assets/index-B4f2.js"), script);
  await writeFile(path.join(folder, "dist/assets/index-B4f2.js.br"), brotliCompressSync(script));
  await writeFile(path.join(folder, "dist/assets/index-B4f2.js.gz"), gzipSync(script));
  await writeFile(path.join(folder, "dist/assets/inter-Xy12.woff2"), Buffer.from([0, 255, 1, 254]));
  const app = api(dashboard(await staticFiles(path.join(folder, "dist")), storage));
  get = async (url, headers = {}) => app.request(url, { headers });
  head = async (url, headers = {}) => app.request(url, { headers, method: "HEAD" });
});
afterAll(() => rm(folder, { recursive: true }));

describe("the dashboard's files", () => {
  test.each(["/", "/index.html", "/jobs/job_1", "/jobs/job_1?tab=x"])("%s is the page", async (url) => {
    const answer = await get(url, html);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("Content-Type")).toMatch(/^text\/html/);
    expect(answer.headers.get("Cache-Control")).toBe("no-cache");
    expect(await answer.text()).toContain("<title>unparquet</title>");
  });

  test.each([
    ["figtree.woff2", "font/woff2"],
    ["favicon.svg", "image/svg+xml; charset=utf-8"],
    ["favicon.ico", "image/x-icon"],
    ["site.webmanifest", "application/manifest+json"],
    ["data.json", "application/json"],
    ["module.wasm", "application/wasm"],
    ["style.css", "text/css; charset=utf-8"],
    ["unknown.unknown", "application/octet-stream"],
  ])("%s is of type %s", async (name, type) => {
    await writeFile(path.join(folder, "dist", name), "");
    const app = api(dashboard(await staticFiles(path.join(folder, "dist")), storage));
    expect((await app.request(`/${name}`)).headers.get("Content-Type")).toBe(type);
  });

  test("HEAD is answered like GET, without the body", async () => {
    const answer = await head("/assets/index-B4f2.js", { "Accept-Encoding": "br" });
    const got = await get("/assets/index-B4f2.js", { "Accept-Encoding": "br" });
    const withoutRequestId = ({ headers }: Response) => {
      headers.delete("X-Request-Id");
      return Object.fromEntries(headers);
    };
    expect(answer.status).toBe(200);
    expect(withoutRequestId(answer)).toEqual(withoutRequestId(got));
    expect(await answer.text()).toBe("");
  });

  test("browsers cache hashed assets forever", async () => {
    const answer = await get("/assets/index-B4f2.js");
    expect(answer.headers.get("Content-Type")).toMatch(/^text\/javascript/);
    expect(answer.headers.get("Cache-Control")).toBe("public, max-age=31536000, immutable");
    expect(await answer.text()).toBe(script);
  });

  test("a file the browser already has is answered 304", async () => {
    const etag = (await get("/", html)).headers.get("ETag") ?? "";
    const answer = await get("/", { ...html, "If-None-Match": etag });
    expect(answer.status).toBe(304);
    expect(await answer.text()).toBe("");
    expect((await get("/", { ...html, "If-None-Match": '"other"' })).status).toBe(200);
  });

  test.each([
    ["gzip, deflate, br, zstd", "br", brotliDecompressSync],
    ["gzip", "gzip", gunzipSync],
    ["br;q=0, gzip", "gzip", gunzipSync],
  ])("a browser that accepts %s gets compressed files", async (accepted, encoding, decompress) => {
    const answer = await get("/assets/index-B4f2.js", { "Accept-Encoding": accepted });
    expect(answer.headers.get("Content-Encoding")).toBe(encoding);
    expect(answer.headers.get("Vary")).toContain("Accept-Encoding");
    expect(decompress(Buffer.from(await answer.arrayBuffer())).toString()).toBe(script);
  });

  test("files are sent uncompressed if compression is not accepted or did not help", async () => {
    expect((await get("/assets/index-B4f2.js")).headers.get("Content-Encoding")).toBeNull();
    const font = await get("/assets/inter-Xy12.woff2", { "Accept-Encoding": "br" });
    expect(font.headers.get("Content-Encoding")).toBeNull();
    expect(Buffer.from(await font.arrayBuffer())).toEqual(Buffer.from([0, 255, 1, 254]));
  });
});

describe("the policy of the dashboard's pages", () => {
  test("the policy allows the dashboard's own files and its buckets, and nothing else", async () => {
    const { headers } = await get("/", html);
    const policy = Object.fromEntries(
      (headers.get("Content-Security-Policy") ?? "").split("; ").map((directive) => {
        const [name, ...sources] = directive.split(" ");
        return [name, sources];
      }),
    );
    expect(policy).toEqual({
      "default-src": ["'none'"],
      "script-src": ["'self'", "'wasm-unsafe-eval'"],
      "worker-src": ["'self'"],
      "style-src": ["'self'", "'unsafe-inline'"],
      "style-src-attr": ["'none'"],
      "img-src": ["'self'", "data:"],
      "font-src": ["'self'"],
      "manifest-src": ["'self'"],
      "connect-src": ["'self'", ...storage],
      "object-src": ["'none'"],
      "base-uri": ["'none'"],
      "form-action": ["'none'"],
      "frame-ancestors": ["'none'"],
    });
  });

  // A worker has the policy of its own script, not of the page that starts it.
  test.each(["/", "/assets/index-B4f2.js"])(
    "%s comes with the policy, and can be neither framed nor sniffed",
    async (url) => {
      const { headers } = await get(url, html);
      expect(headers.get("Content-Security-Policy")).toContain("script-src 'self'");
      expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
      expect(headers.get("X-Frame-Options")).toBe("DENY");
      expect(headers.get("Referrer-Policy")).toBe("no-referrer");
    },
  );

  test("a 304 response has the policy, too", async () => {
    const etag = (await get("/", html)).headers.get("ETag") ?? "";
    const answer = await get("/", { ...html, "If-None-Match": etag });
    expect(answer.status).toBe(304);
    expect(answer.headers.get("Content-Security-Policy")).toContain("script-src 'self'");
  });
});

describe("paths that are not files of the dashboard", () => {
  test("a missing file is a 404 problem unless a browser navigates to it", async () => {
    await expectProblem(await get("/nope.json"), 404, "not_found");
    await expectProblem(await get("/assets/gone-1234.js", html), 404, "not_found");
    await expectProblem(await get("/assets/index-B4f2.js.br"), 404, "not_found");
  });

  test.each([
    "/../secret.txt",
    "/..%2fsecret.txt",
    "/assets/..%2f..%2fsecret.txt",
    "//etc/passwd",
    "/%2e%2e/secret.txt",
  ])("%s does not leave the folder", async (url) =>
    expect(await (await get(`http://localhost${url}`)).text()).not.toMatch(/^secret|root:/),
  );
});

const buckets = ["unparquet-production-input-abc", "unparquet-production-output-def"];
const endpoints = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"];

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Where the SDK sends a browser for an object, with the environment as it is. */
async function signedOrigin(bucket: string): Promise<string> {
  const s3 = new S3Client({});
  const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket: bucket, Key: "key" }));
  return new URL(url).origin;
}

test.each(["us-east-1", "eu-central-1"])(
  "bucket origins in %s equal those of presigned URLs",
  async (region) => {
    vi.stubEnv("AWS_REGION", region);
    for (const variable of endpoints) vi.stubEnv(variable, undefined);
    expect(bucketOrigins(buckets, process.env)).toEqual(await Promise.all(buckets.map(signedOrigin)));
  },
);

test.each(endpoints)("all buckets have the origin of %s if it is set", async (variable) => {
  for (const each of endpoints) vi.stubEnv(each, undefined);
  vi.stubEnv(variable, "http://127.0.0.1:4566");
  const [input = "", output = ""] = await Promise.all(buckets.map(signedOrigin));
  expect(bucketOrigins(buckets, process.env)).toEqual([input]);
  expect(output).toBe(input);
});

test("a method that a documented route does not have is answered 405, an unknown path 404", async () => {
  const document = JSON.stringify({ paths: { "/jobs/{jobId}": { delete: {} }, "/jobs": { get: {} } } });
  await writeFile(path.join(folder, "dist/openapi.json"), document);
  const files = await staticFiles(path.join(folder, "dist"));
  const app = api(dashboard(files, storage), await documentedRoutes(files.get("/openapi.json")));
  const answer = await app.request("/jobs/job_1", { method: "PUT" });
  expect(answer.headers.get("Allow")).toBe("DELETE");
  await expectProblem(answer, 405, "method_not_allowed");
  await expectProblem(await app.request("/nope", { method: "PUT" }), 404, "not_found");
});
