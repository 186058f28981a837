// @vitest-environment node
import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { Options } from "@unparquet/core/conversion/options";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { outputOf } from "./output.ts";
import { plainUrl, quoteScript, quoteShell, quoteSql } from "./quote.ts";
import { type Snippet, snippets } from "./snippets.ts";

const run = promisify(execFile);
const sh = (code: string, cwd?: string) => run("sh", ["-c", code], { cwd });
const has = (tool: string) =>
  sh(`command -v ${tool}`).then(
    () => true,
    () => false,
  );

const rows = ['{"id":9007199254740993,"far":1e300}', '{"id":null,"far":-0.5}'];
const texts = { ndjson: `${rows.join("\n")}\n`, json: `[${rows.join(",\n")}]` };
const packers = { none: (text: string) => Buffer.from(text), gzip: gzipSync, zstd: zstdCompressSync };
const filename = `-it's "a" $(b) * #1 [1-3] {x,y} \\%.ndjson`;
const columns = [
  { name: "id", type: "int64" },
  { name: "far", type: "float64" },
];

/** As an output has it: members or frames one after the other. */
const packed = (text: string, compression: keyof typeof packers) =>
  Buffer.concat([text.slice(0, 20), text.slice(20)].map((part) => packers[compression](part)));

let server: http.Server;
let folder: string;
let output: (format: keyof typeof texts, compression: keyof typeof packers) => Parameters<typeof snippets>[0];

beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "unparquet-snippets-"));
  server = http.createServer((request, response) => {
    const [, format, compression] = decodeURIComponent(request.url ?? "").split("/") as [
      string,
      keyof typeof texts,
      keyof typeof packers,
    ];
    response.end(packed(texts[format], compression));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  output = (format, compression) => {
    const url = `http://127.0.0.1:${port}/${format}/${compression}/${encodeURIComponent(filename)}`;
    return outputOf({ url, filename, columns, columnsOmitted: 0 }, Options.parse({ format, compression }));
  };
});

afterAll(async () => {
  server.close();
  await fs.rm(folder, { recursive: true });
});

const trips = (url: string) =>
  outputOf({ url, filename: "trips.ndjson", columns, columnsOmitted: 0 }, Options.parse({}));

const codeFor = (tool: Snippet["tool"], made: Snippet[]) =>
  made.find((snippet) => snippet.tool === tool)?.code ?? "";

describe("text is quoted as each language wants it", () => {
  const text = `it's "a" \\ $(b) \`c\`\n*`;

  test("shell", async () => expect((await sh(`printf %s ${quoteShell(text)}`)).stdout).toBe(text));
  test("SQL", () => expect(quoteSql("it's")).toBe("'it''s'"));
  test("JavaScript", () => expect(Function(`return ${quoteScript(text)}`)()).toBe(text));
  test("Python", async ({ skip }) => {
    skip(!(await has("python3")), "There is no python3");
    const { stdout } = await run("python3", ["-c", `print(${quoteScript(text)}, end="")`]);
    expect(stdout).toBe(text);
  });
  test("an address keeps its meaning without what is special elsewhere", () => {
    expect(plainUrl("https://a.test/it's%20(1)*!")).toBe("https://a.test/it%27s%20%281%29%2A%21");
  });
});

describe("a download with curl into a folder that holds other results", () => {
  /** Outputs by their path, of two jobs whose files have the same name. */
  const outputs = new Map<string, Buffer>();
  let storage: http.Server;
  let into: string;
  let cutAfter: number | undefined;
  let lines: (job: string) => Snippet;

  beforeAll(async () => {
    // The embedded S3 cannot be made to hang up in the middle of an object.
    storage = http.createServer((request, response) => {
      const bytes = outputs.get(request.url ?? "") ?? Buffer.alloc(0);
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
      if (from > 0 && from >= bytes.length) {
        response.writeHead(416, { "Content-Range": `bytes */${bytes.length}` }).end();
        return;
      }
      const rest = bytes.subarray(from);
      response.writeHead(from > 0 ? 206 : 200, {
        "Accept-Ranges": "bytes",
        "Content-Length": rest.length,
        ...(from > 0 && { "Content-Range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
      });
      if (cutAfter === undefined) response.end(rest);
      else response.write(rest.subarray(0, cutAfter), () => response.destroy());
    });
    await new Promise<void>((resolve) => storage.listen(0, "127.0.0.1", resolve));
    const { port } = storage.address() as AddressInfo;
    lines = (job) => {
      const key = `/output/jobs/${job}/1/trips.ndjson`;
      const [made] = snippets(trips(`http://127.0.0.1:${port}${key}`));
      if (!made) throw new Error("There is no snippet");
      return made;
    };
    outputs.set("/output/jobs/job_a/1/trips.ndjson", Buffer.from('{"a":1}\n'.repeat(20_000)));
    outputs.set("/output/jobs/job_b/1/trips.ndjson", Buffer.from('{"b":22}\n'.repeat(60_000)));
  });
  afterAll(() => storage?.close());

  beforeEach(async ({ skip }) => {
    skip(!(await has("curl")), "There is no curl");
    cutAfter = undefined;
    into = await fs.mkdtemp(path.join(folder, "downloads-"));
  });

  const download = (code: string | undefined) => sh(code ?? "false", into);
  const expectSaved = async (job: string) =>
    expect(await fs.readFile(path.join(into, "trips.ndjson"))).toEqual(
      outputs.get(`/output/jobs/${job}/1/trips.ndjson`),
    );

  test("a download with curl gives the right bytes where another job's file has the same name", async () => {
    await download(lines("job_a").code);
    await download(lines("job_b").code);
    await expectSaved("job_b");
    await download(lines("job_a").resumable?.code);
    await expectSaved("job_a");
  });

  test("a download with curl continues after an interruption, beside an interrupted download of another job", async () => {
    cutAfter = 50_000;
    for (const job of ["job_a", "job_b"]) {
      await expect(download(lines(job).resumable?.code)).rejects.toThrow();
    }
    cutAfter = undefined;
    await download(lines("job_b").resumable?.code);
    await expectSaved("job_b");
    await download(lines("job_a").resumable?.code);
    await expectSaved("job_a");
    expect(await fs.readdir(into)).toEqual(["trips.ndjson"]);
  });

  test("a download with curl works again after a complete one", async () => {
    const { code, resumable } = lines("job_a");
    for (const line of [code, code, resumable?.code, resumable?.code]) {
      await download(line);
      await expectSaved("job_a");
    }
  });

  test("a download with curl does not continue that of another attempt", () => {
    const url = "http://127.0.0.1/output/jobs/job_a/2/trips.ndjson";
    const [other] = snippets(trips(url));
    expect(other?.resumable?.code).toContain("'job_a-2.part'");
    expect(lines("job_a").resumable?.code).toContain("'job_a-1.part'");
  });
});

describe.each(["ndjson", "json"] as const)("of %s", (format) => {
  describe.each(["none", "gzip", "zstd"] as const)("with compression %s", (compression) => {
    test("curl saves the file under its name, and a second time, too", async ({ skip }) => {
      skip(!(await has("curl")), "There is no curl");
      const saved = path.join(folder, filename);
      for (const _ of ["first", "second"]) {
        await sh(codeFor("curl", snippets(output(format, compression))), folder);
        expect(await fs.readFile(saved)).toEqual(packed(texts[format], compression));
      }
      await fs.rm(saved);
    });

    test("jq gives a row a line", async ({ skip }) => {
      const tools = ["curl", "jq", ...(compression === "zstd" ? ["zstd"] : [])];
      for (const tool of tools) skip(!(await has(tool)), `There is no ${tool}`);
      const { stdout } = await sh(codeFor("jq", snippets(output(format, compression))));
      expect(stdout.split("\n")[1]).toBe(rows[1]);
    });

    test("fetch gives every digit", async () => {
      const script = path.join(folder, "rows.mjs");
      // A package is looked for beside the script, which is not here.
      const code = codeFor("fetch", snippets(output(format, compression))).replace(
        '"fzstd"',
        JSON.stringify(import.meta.resolve("fzstd")),
      );
      await fs.writeFile(
        script,
        `${code}\nconsole.log(rows[0].id, rows[0].far, rows[1].id, rows[1].far, rows.length);\n`,
      );
      expect((await run(process.execPath, [script])).stdout).toBe("9007199254740993n 1e+300 null -0.5 2\n");
    });
  });
});
