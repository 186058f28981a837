// @vitest-environment node
import { gzipSync } from "node:zlib";
import { expect, test, vi } from "vitest";
import { type IndexEntry, OutputRows, pageRows } from "./output-rows.ts";

const { signal } = new AbortController();
const rows = Array.from({ length: 10_050 }, (_, row) => `{"id":${row},"text":"${"x".repeat(100)}"}`);
const page = (number: number) => rows.slice(number * pageRows, (number + 1) * pageRows);

function output(compression: "none" | "gzip") {
  const compress = (text: string) => (compression === "gzip" ? gzipSync(text) : Buffer.from(text));
  const index: IndexEntry[] = [];
  const pieces: Buffer[] = [];
  let bytes = 0;
  for (let row = 0; row < rows.length; row += 1234) {
    const piece = compress(`${rows.slice(row, row + 1234).join("\n")}\n`);
    index.push([row, bytes]);
    pieces.push(piece);
    bytes += piece.length;
  }
  const content = Buffer.concat(pieces);
  const fetch = vi.fn(async (_url: string, from: number, to: number) => content.subarray(from, to));
  return { source: new OutputRows({ url: "", bytes, format: "ndjson", compression }, fetch), index, fetch };
}

test.each(["none", "gzip"] as const)("pages come in any order, with compression %s", async (compression) => {
  const { source, index } = output(compression);
  for (const number of [0, 100, 57, 58, 12, 99, 1]) {
    expect(await source.page(number, index, signal)).toEqual(page(number));
  }
  expect(await source.page(100, index, signal)).toHaveLength(50);
});

test("a page far behind is read from the index's entry before it", async () => {
  const { source, index, fetch } = output("none");
  await source.page(99, index, signal);
  expect(fetch.mock.calls[0]?.[1]).toBe(index.at(-1)?.[1]);
});

test("without an index a page is read from the start", async () => {
  const { source } = output("gzip");
  expect(await source.page(57, [], signal)).toEqual(page(57));
});

test("pages passed on the way are not fetched again", async () => {
  const { source, fetch } = output("none");
  await source.page(50, [], signal);
  fetch.mockClear();
  expect(await source.page(20, [], signal)).toEqual(page(20));
  expect(fetch).not.toHaveBeenCalled();
});

test("after a request that failed the page can be read again", async () => {
  const { source, index, fetch } = output("none");
  fetch.mockRejectedValueOnce(new Error("away"));
  await expect(source.page(57, index, signal)).rejects.toThrow("away");
  expect(await source.page(57, index, signal)).toEqual(page(57));
});
