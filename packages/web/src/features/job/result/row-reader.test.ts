// @vitest-environment node
import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { type Output, RowReader } from "./row-reader.ts";

const { signal } = new AbortController();
const compressors = { none: (text: string) => Buffer.from(text), gzip: gzipSync, zstd: zstdCompressSync };

/** Ranges of bytes in memory instead of an object's: the reading is what is tested, the real bucket is in the browser test. */
function readerOf(bytes: Uint8Array, output: Pick<Output, "format" | "compression">, start = 0) {
  return new RowReader({ ...output, url: "", bytes: bytes.length }, start, async (_url, from, to) =>
    bytes.slice(from, to),
  );
}

const texts = (reader: RowReader, count: number) => reader.read(count, signal);
const rows = Array.from(
  { length: 30_000 },
  (_, i) => `{"id":${9007199254740993n + BigInt(i)},"s":"é\\n${i}"}`,
);

describe.each(["none", "gzip", "zstd"] as const)("with compression %s", (compression) => {
  const compress = (...texts: string[]) => Buffer.concat(texts.map((text) => compressors[compression](text)));

  test("rows come in turn, over the borders of ranges, members and characters", async () => {
    const text = rows.join("\n");
    const bytes = compress(text.slice(0, 500_003), text.slice(500_003), "\n");
    const reader = readerOf(bytes, { format: "ndjson", compression });
    expect(await texts(reader, 5)).toEqual(rows.slice(0, 5));
    expect(await texts(reader, 29_990)).toEqual(rows.slice(5, 29_995));
    expect(reader.end).toBeNull();
    expect(await texts(reader, 100)).toEqual(rows.slice(29_995));
    expect(reader.end).toBe("all");
  });

  test("reading starts at the byte of a row", async () => {
    const first = compress(`${rows.slice(0, 20).join("\n")}\n`);
    const bytes = Buffer.concat([first, compress(`${rows.slice(20, 40).join("\n")}\n`)]);
    const reader = readerOf(bytes, { format: "ndjson", compression }, first.length);
    expect(await texts(reader, 100)).toEqual(rows.slice(20, 40));
  });

  test("an array is its rows, and none when it is empty", async () => {
    const reader = readerOf(compress('[{"a":[1]},\n{"a":[]}]'), { format: "json", compression });
    expect(await texts(reader, 9)).toEqual(['{"a":[1]}', '{"a":[]}']);
    expect(await texts(readerOf(compress("[]"), { format: "json", compression }), 9)).toEqual([]);
  });
});

test("no object is asked for when it is empty", async () => {
  const reader = readerOf(new Uint8Array(), { format: "ndjson", compression: "none" });
  expect(await texts(reader, 9)).toEqual([]);
  expect(reader.end).toBe("all");
});

test("a row that is too long to show ends the reading, and what came before it is kept", async () => {
  const reader = readerOf(gzipSync(`{"a":1}\n{"a":"${"x".repeat(40_000_000)}"}\n`), {
    format: "ndjson",
    compression: "gzip",
  });
  expect(await texts(reader, 9)).toEqual(['{"a":1}']);
  expect(reader.end).toBe("row_too_long");
});

test("after a request that failed the reading goes on where it was", async () => {
  const bytes = Buffer.from(rows.join("\n"));
  let fails = false;
  const reader = new RowReader(
    { format: "ndjson", compression: "none", url: "", bytes: bytes.length },
    0,
    async (_url, from, to) => {
      if (fails) throw new Error("away");
      return bytes.subarray(from, to);
    },
  );
  await texts(reader, 10);
  fails = true;
  await expect(texts(reader, 20_000)).rejects.toThrow("away");
  fails = false;
  expect(await texts(reader, 20_000)).toEqual(rows.slice(10, 20_010));
});
