import type { EngineFile } from "@unparquet/core/conversion/engine";

// A wide file has thousands of column chunks of a few bytes each, and a browser takes a millisecond for a read.
const blockSize = 256 * 1024;
const maxBlocks = 32;

/** The same file, with small ranges cut out of blocks that are kept. */
export function cacheBlocks({ size, read }: EngineFile): EngineFile {
  const blocks = new Map<number, Uint8Array>();

  function blockAt(index: number): Uint8Array {
    const offset = index * blockSize;
    const block = blocks.get(index) ?? read(offset, Math.min(blockSize, size - offset));
    // Deleted and set again, so that the first key is the block not used for longest.
    blocks.delete(index);
    blocks.set(index, block);
    const [oldest] = blocks.keys();
    if (blocks.size > maxBlocks && oldest !== undefined) blocks.delete(oldest);
    return block;
  }

  return {
    size,
    read: (offset, length) => {
      const index = Math.floor(offset / blockSize);
      const start = offset - index * blockSize;
      if (start + length > blockSize) return read(offset, length);
      return blockAt(index).subarray(start, start + length);
    },
  };
}
