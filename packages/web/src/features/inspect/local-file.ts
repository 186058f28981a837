import type { AsyncBuffer } from "hyparquet";

/** A file of this machine as hyparquet reads it: by ranges, never as a whole. */
export function localFile(file: Blob): AsyncBuffer {
  return {
    byteLength: file.size,
    slice: (start, end) => file.slice(start, end).arrayBuffer(),
  };
}
