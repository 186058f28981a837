import { EngineError, type EngineFile } from "@unparquet/core/conversion/engine";
import { cacheBlocks } from "./block-cache.ts";

/** Only workers have it. */
declare class FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}

const reader = new FileReaderSync();

/** A chosen file for the engine, in a worker. */
export function localFile(content: File): EngineFile {
  return cacheBlocks({
    size: content.size,
    read: (offset, length) => {
      try {
        return new Uint8Array(reader.readAsArrayBuffer(content.slice(offset, offset + length)));
      } catch {
        throw new EngineError("input_missing", "it was moved or changed, or it is a folder");
      }
    },
  });
}
