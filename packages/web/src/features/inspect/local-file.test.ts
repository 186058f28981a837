// @vitest-environment node
import { expect, test, vi } from "vitest";
import { localFile } from "./local-file.ts";

const block = 256 * 1024;
const content = Uint8Array.from({ length: 40 * block + 10 }, (_, index) => (index * 7) % 251);
const file = () => {
  const blob = new Blob([content]);
  return { read: vi.spyOn(blob, "slice"), buffer: localFile(blob) };
};

test.each([
  ["within a block", 10, 20],
  ["a block", block, 2 * block],
  ["over the end of a block", block - 5, block + 5],
  ["more than a block", 5, 3 * block],
  ["to the end of the file", 40 * block + 2, undefined],
  ["behind the end of the file", 40 * block + 2, 41 * block],
  ["nothing", 10, 10],
])("a range is read as it is: %s", async (_, start, end) => {
  const { buffer } = file();
  expect(buffer.byteLength).toBe(content.length);
  expect(Buffer.from(await buffer.slice(start, end)).equals(content.slice(start, end))).toBe(true);
});

test("small ranges of a block are one read, and a large range is read alone", async () => {
  const { read, buffer } = file();
  await Promise.all(Array.from({ length: 100 }, (_, index) => buffer.slice(index * 10, index * 10 + 10)));
  expect(read).toHaveBeenCalledTimes(1);
  await buffer.slice(0, 2 * block);
  expect(read.mock.lastCall).toEqual([0, 2 * block]);
});

test("blocks used long ago are let go of", async () => {
  const { read, buffer } = file();
  for (let index = 0; index < 40; index += 1) await buffer.slice(index * block, index * block + 1);
  read.mockClear();
  await buffer.slice(39 * block, 39 * block + 1);
  expect(read).not.toHaveBeenCalled();
  await buffer.slice(0, 1);
  expect(read).toHaveBeenCalledTimes(1);
});
