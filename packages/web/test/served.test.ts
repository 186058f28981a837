import fs from "node:fs/promises";
import path from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { stage } from "@unparquet/local/platform";
import { linkEnvironment } from "@unparquet/local/resources";
import { type Answer, event } from "@unparquet/testing/api/gateway";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";

// The real dashboard as the deployed function serves it: built as a deployment builds it, asked for as API Gateway asks.

const built = inject("built");
let invoke: (rawPath: string, headers?: Record<string, string>, method?: string) => Promise<Answer>;

beforeAll(async () => {
  const task = { LAMBDA_TASK_ROOT: path.dirname(built), AWS_REGION: "eu-central-1" };
  Object.assign(process.env, linkEnvironment(stage), task);
  const { handler } = await import("@unparquet/functions/dashboard");
  invoke = async (rawPath, headers = {}, method = "GET") =>
    (await handler(event(method, rawPath, { headers }), { awsRequestId: "1" } as never)) as Answer;
});
afterAll(() => {
  delete process.env.LAMBDA_TASK_ROOT;
});

const decoders = { br: brotliDecompressSync, gzip: gunzipSync };
const bytesOf = ({ body, isBase64Encoded }: Answer) => Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
const textOf = (answer: Answer) => {
  const decode = decoders[answer.headers["content-encoding"] as keyof typeof decoders];
  return (decode ? decode(bytesOf(answer)) : bytesOf(answer)).toString();
};

const found = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, file = ""]) => file);

/** What a browser fetches for these files: the files, what they import, and fonts. */
const fetchAll = async (encoding: string, files: string[]) => {
  const fetched = new Map<string, Answer>();
  const load = async (file: string): Promise<void> => {
    if (fetched.has(file)) return;
    const answer = await invoke(file, { "accept-encoding": encoding });
    expect(answer.statusCode, file).toBe(200);
    fetched.set(file, answer);
    const text = /\.(woff2|wasm)$/.test(file) ? "" : textOf(answer);
    const from = (name: string) => new URL(name, `https://api.test${file}`).pathname;
    if (file === "/") await Promise.all(found(text, /(?:src|href)="([^"]+)"/g).map(load));
    // Static imports; the rest comes later, or never.
    if (file.endsWith(".js")) {
      await Promise.all(found(text, /(?:from|import)\s*"(\.[^"]+)"/g).map((name) => load(from(name))));
    }
    if (file.endsWith(".css")) {
      await Promise.all(found(text, /url\(["']?([^)"']+\.woff2)/g).map((name) => load(from(name))));
    }
  };
  await Promise.all(files.map(load));
  return fetched;
};

/** What a browser fetches before the list of jobs shows. */
const firstLoad = (encoding: string) => fetchAll(encoding, ["/"]);

const sent = (answers: Iterable<Answer>) =>
  [...answers].reduce((sum, answer) => sum + bytesOf(answer).length, 0);

describe("the deployed dashboard", () => {
  test.each([
    ["br", 260_000],
    ["gzip", 300_000],
  ])("is there, with its list of jobs, with %s after %i bytes at most", async (encoding, most) => {
    const loaded = await firstLoad(encoding);
    // The page, its entry with what that imports, styles, icon and font.
    expect([...loaded.keys()].map((file) => path.extname(file))).toEqual(
      expect.arrayContaining(["", ".js", ".css", ".svg", ".woff2"]),
    );
    expect(sent(loaded.values())).toBeLessThan(most);
  });

  test("the first chosen file brings at most 450 kB, the WebAssembly module included", async () => {
    const assets = await fs.readdir(path.join(built, "assets"));
    const parts = assets.filter((name) =>
      /^(chosen-list|inspector|options-form|unparquet|worker)-[\w-]+\.(css|js|wasm)$/.test(name),
    );
    const before = await firstLoad("br");
    const fetched = await fetchAll(
      "br",
      parts.map((name) => `/assets/${name}`),
    );
    const added = [...fetched].filter(([file]) => !before.has(file));
    expect(sent(added.map(([, answer]) => answer))).toBeLessThan(450_000);
    const [, module] = added.find(([file]) => file.endsWith(".wasm")) ?? [];
    // Else browsers do not compile it while it arrives.
    expect(module?.headers).toMatchObject({ "content-type": "application/wasm", "content-encoding": "br" });
  });

  test("may talk to its own origin and the stage's two buckets", async () => {
    const { headers } = await invoke("/", { accept: "text/html" });
    const buckets = [stage.inputBucket, stage.outputBucket].map(
      (bucket) => `https://${bucket}.s3.eu-central-1.amazonaws.com`,
    );
    expect(headers["content-security-policy"]).toContain(`connect-src 'self' ${buckets.join(" ")};`);
  });

  test("comes compressed in base64, and says so to caches", async () => {
    const answer = await invoke("/", { accept: "text/html", "accept-encoding": "gzip, deflate, br, zstd" });
    expect(answer).toMatchObject({ statusCode: 200, isBase64Encoded: true });
    expect(answer.headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "content-encoding": "br",
      vary: "Accept-Encoding",
      "cache-control": "no-cache",
    });
    expect(textOf(answer)).toBe(textOf(await invoke("/", { accept: "text/html" })));
  });

  test("opens at the address of a job", async () => {
    const page = await invoke("/jobs/job_7Hq2VXk0eCzRt5mWnPdYbA", { accept: "text/html,*/*;q=0.8" });
    expect(page.statusCode).toBe(200);
    expect(textOf(page)).toBe(textOf(await invoke("/")));
  });

  test("keeps everything but its page in the browser for good", async () => {
    for (const file of (await firstLoad("br")).keys()) {
      const { headers } = await invoke(file);
      const forGood = file.startsWith("/assets/");
      expect(headers["cache-control"], file).toBe(
        forGood ? "public, max-age=31536000, immutable" : "no-cache",
      );
    }
  });

  test("sends nothing again that has not changed, however it was compressed", async () => {
    for (const file of (await firstLoad("br")).keys()) {
      const { headers } = await invoke(file, { "accept-encoding": "br" });
      const again = await invoke(file, { "if-none-match": headers.etag ?? "", "accept-encoding": "gzip" });
      expect(again, file).toMatchObject({ statusCode: 304, body: "" });
    }
  });

  test("answers HEAD without a body", async () => {
    const answer = await invoke("/", { "accept-encoding": "br" }, "HEAD");
    expect(answer).toMatchObject({ statusCode: 200, body: "", headers: { "content-encoding": "br" } });
  });

  test("sends the font as it is, whole", async () => {
    const font = [...(await firstLoad("br"))].find(([file]) => file.endsWith(".woff2"));
    const file = await fs.readFile(path.join(built, font?.[0] ?? ""));
    expect(font?.[1].headers).toMatchObject({ "content-type": "font/woff2" });
    expect(font?.[1].headers["content-encoding"]).toBeUndefined();
    expect(bytesOf(font?.[1] as Answer)).toEqual(file);
  });
});
