// @vitest-environment node
import { expect, test, vi } from "vitest";
import { cacheBlocks } from "./block-cache.ts";

const block = 256 * 1024;
const content = Uint8Array.from({ length: 40 * block + 10 }, (_, index) => (index * 7) % 251);
function cached() {
  const read = vi.fn((offset: number, length: number) => content.subarray(offset, offset + length));
  return { read, file: cacheBlocks({ size: content.length, read }) };
}

test.each([
  ["within a block", 10, 20],
  ["of a whole block", block, block],
  ["across the end of a block", block - 5, 10],
  ["of more than a block", 5, 3 * block],
  ["up to the end of the file", 40 * block + 2, 8],
  ["of nothing", 10, 0],
])("a range %s has the file's bytes", (_, offset, length) => {
  const { file } = cached();
  expect(file.size).toBe(content.length);
  expect(Buffer.from(file.read(offset, length)).equals(content.subarray(offset, offset + length))).toBe(true);
});

test("small ranges of a block are read once, and a large range is read alone", () => {
  const { read, file } = cached();
  for (let index = 0; index < 100; index += 1) file.read(index * 10, 10);
  expect(read).toHaveBeenCalledTimes(1);
  file.read(0, 2 * block);
  expect(read).toHaveBeenLastCalledWith(0, 2 * block);
});

test("the blocks not used for longest are dropped", () => {
  const { read, file } = cached();
  for (let index = 0; index < 40; index += 1) file.read(index * block, 1);
  read.mockClear();
  file.read(39 * block, 1);
  expect(read).not.toHaveBeenCalled();
  file.read(0, 1);
  expect(read).toHaveBeenCalledTimes(1);
});
