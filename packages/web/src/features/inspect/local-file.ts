import type { AsyncBuffer } from "hyparquet";

// A wide file has thousands of column chunks of a few bytes each, and a browser takes a millisecond for a read.
const blockSize = 256 * 1024;
const keptBlocks = 32;

/** A file of this machine as hyparquet reads it: by ranges, never as a whole. Small ones come out of kept blocks. */
export function localFile(file: Blob): AsyncBuffer {
  const blocks = new Map<number, Promise<ArrayBuffer>>();

  function blockAt(index: number): Promise<ArrayBuffer> {
    const block = blocks.get(index) ?? file.slice(index * blockSize, (index + 1) * blockSize).arrayBuffer();
    // Put last, as the one used last.
    blocks.delete(index);
    blocks.set(index, block);
    const [oldest] = blocks.keys();
    if (blocks.size > keptBlocks && oldest !== undefined) blocks.delete(oldest);
    return block;
  }

  return {
    byteLength: file.size,
    slice: async (start, end = file.size) => {
      const index = Math.floor(start / blockSize);
      const offset = index * blockSize;
      if (end - offset > blockSize) return file.slice(start, end).arrayBuffer();
      return (await blockAt(index)).slice(start - offset, end - offset);
    },
  };
}
