// @vitest-environment node
import { createHash } from "node:crypto";
import { gunzipSync, gzipSync, zstdCompressSync } from "node:zlib";
import { unzipSync } from "fflate";
import { decompress } from "fzstd";
import { afterEach, expect, test, vi } from "vitest";
import { type BundleKind, bundle, distinctNames, type FinishedJob } from "./bundle.ts";

const compressors = { none: (text: string) => Buffer.from(text), gzip: gzipSync, zstd: zstdCompressSync };
const extensions = { none: "", gzip: ".gz", zstd: ".zst" };
const contents = new Map<string, Uint8Array<ArrayBuffer>>();

// The storage is a mock: these are about what the browser makes of its answers. The real bucket is in the browser test.
vi.stubGlobal("fetch", async (url: string) => new Response(contents.get(url) ?? null));
afterEach(() => contents.clear());

function finished(name: string, text: string, compression: keyof typeof compressors = "none"): FinishedJob {
  const url = `https://storage/${contents.size}`;
  const content = compressors[compression](text);
  contents.set(url, new Uint8Array(content));
  const filename = `${name}.ndjson${extensions[compression]}`;
  const rows = text.split("\n").length - 1;
  const endedAt = "2026-01-31T12:00:00.000Z";
  return {
    endedAt,
    options: { format: "ndjson", compression },
    result: { url, filename, rows, bytes: content.length },
  } as FinishedJob;
}

async function read(jobs: FinishedJob[], kind: BundleKind): Promise<Buffer> {
  const stream = bundle(jobs, kind, new AbortController().signal, () => undefined);
  return Buffer.from(await new Response(stream as BodyInit).arrayBuffer());
}

test("a zip has every result under a name of its own, in order", async () => {
  const zip = await read([finished("b", "1\n"), finished("a", ""), finished("B", "3\n")], "zip");
  expect(
    Object.entries(unzipSync(zip)).map(([name, bytes]) => [name, Buffer.from(bytes).toString()]),
  ).toEqual([
    ["b.ndjson", "1\n"],
    ["a.ndjson", ""],
    ["B (2).ndjson", "3\n"],
  ]);
});

test("a name that a number was added to is not given twice", () => {
  expect(distinctNames(["a.json.gz", "a (2).json.gz", "a.json.gz", "a"])).toEqual([
    "a.json.gz",
    "a (2).json.gz",
    "a (3).json.gz",
    "a",
  ]);
});

test.each([
  ["gzip", gunzipSync],
  // Node's own stops after the first frame.
  ["zstd", decompress],
] as const)("results in %s are merged as they are", async (compression, decode) => {
  const jobs = [finished("a", "1\n", compression), finished("b", "2\n3\n", compression)];
  const merged = await read(jobs, "merged");
  expect(merged).toEqual(Buffer.concat([...contents.values()]));
  expect(Buffer.from(decode(merged)).toString()).toBe("1\n2\n3\n");
});

test("results in different compressions are merged as text", async () => {
  const long = Array.from({ length: 5000 }, (_, row) => createHash("md5").update(`${row}`).digest("hex"));
  const text = `${long.join("\n")}\n`;
  const jobs = [finished("a", text, "gzip"), finished("b", text, "zstd"), finished("c", text)];
  expect((await read(jobs, "merged")).toString()).toBe(text.repeat(3));
});

test("a result that arrives short or without its last line's end is named", async () => {
  const short = finished("short", "1\n2\n");
  short.result.bytes += 1;
  const unended = finished("unended", "1\n2");
  unended.result.rows = 2;
  const reasonOf = async (job: FinishedJob) => {
    const reader = bundle([job], "merged", new AbortController().signal, () => undefined).getReader();
    try {
      while (!(await reader.read()).done);
    } catch (error) {
      return (error as Error).message;
    }
    return undefined;
  };
  expect(await reasonOf(short)).toBe("\u2068short.ndjson\u2069: The storage sent 4 of 5 bytes.");
  expect(await reasonOf(unended)).toBe(
    "\u2068unended.ndjson\u2069: The output has 1 complete rows instead of 2.",
  );
});
