import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";
import { expectProblem } from "@unparquet/testing/api/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { api } from "../http/api.ts";
import { staticFiles } from "../static/files.ts";
import { dashboardApp } from "./dashboard.ts";

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
  const app = api().route("/", dashboardApp(await staticFiles(path.join(folder, "dist")), storage));
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
    const app = api().route("/", dashboardApp(await staticFiles(path.join(folder, "dist")), storage));
    expect((await app.request(`/${name}`)).headers.get("Content-Type")).toBe(type);
  });

  test("answer HEAD as GET, without the body", async () => {
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

  test("hashed assets are kept for good", async () => {
    const answer = await get("/assets/index-B4f2.js");
    expect(answer.headers.get("Content-Type")).toMatch(/^text\/javascript/);
    expect(answer.headers.get("Cache-Control")).toBe("public, max-age=31536000, immutable");
    expect(await answer.text()).toBe(script);
  });

  test("are not sent again to who has them", async () => {
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
  ])("are compressed for who accepts %s", async (accepted, encoding, decompress) => {
    const answer = await get("/assets/index-B4f2.js", { "Accept-Encoding": accepted });
    expect(answer.headers.get("Content-Encoding")).toBe(encoding);
    expect(answer.headers.get("Vary")).toContain("Accept-Encoding");
    expect(decompress(Buffer.from(await answer.arrayBuffer())).toString()).toBe(script);
  });

  test("are sent plain where compression is not accepted, or was not worth it", async () => {
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

  test("a page that has not changed comes with the policy, too", async () => {
    const etag = (await get("/", html)).headers.get("ETag") ?? "";
    const answer = await get("/", { ...html, "If-None-Match": etag });
    expect(answer.status).toBe(304);
    expect(answer.headers.get("Content-Security-Policy")).toContain("script-src 'self'");
  });
});

describe("what is no file of the dashboard", () => {
  test("is not the page for who asks for no page", async () => {
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
  ])("%s leads nowhere", async (url) =>
    expect(await (await get(`http://localhost${url}`)).text()).not.toMatch(/^secret|root:/),
  );
});
