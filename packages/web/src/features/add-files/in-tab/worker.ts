import { Engine, EngineError } from "@unparquet/core/conversion/engine";
import type { Options } from "@unparquet/core/conversion/options";
import type { ErrorCode } from "@unparquet/core/errors";
import { localFile } from "../engine/local-file.ts";

/** A conversion for this worker, which does no other. */
export interface Task {
  module: WebAssembly.Module;
  file: File;
  options: Options;
  /** Name of a file in the origin private file system, to write the output to. */
  output: string;
}

export type Report =
  | { progress: { rows: number; totalRows: number; bytes: number } }
  | { result: { rows: number; bytes: number } }
  | { error: { code: ErrorCode; message: string } };

/** Only workers have it. */
interface SyncAccessHandle {
  write: (bytes: Uint8Array, options: { at: number }) => number;
  flush: () => void;
  close: () => void;
}

/** Milliseconds between two reports of progress. */
const pause = 100;

const report = (message: Report) => self.postMessage(message);

async function convert({ module, file, options, output }: Task): Promise<Report> {
  const folder = await navigator.storage.getDirectory();
  const entry = await folder.getFileHandle(output, { create: true });
  const handle: SyncAccessHandle = await (
    entry as unknown as { createSyncAccessHandle: () => Promise<SyncAccessHandle> }
  ).createSyncAccessHandle();
  let written = 0;
  let reported = 0;
  try {
    const { rows } = new Engine(module).convert(localFile(file), options, {
      write: (bytes) => {
        const taken = handle.write(bytes, { at: written });
        if (taken < bytes.length) throw new DOMException("The disk is full.", "QuotaExceededError");
        written += taken;
      },
      progress: (rows, totalRows, bytes) => {
        if (performance.now() < reported + pause) return;
        reported = performance.now();
        report({ progress: { rows, totalRows, bytes } });
      },
    });
    handle.flush();
    return { result: { rows, bytes: written } };
  } finally {
    handle.close();
  }
}

self.onmessage = async ({ data }: MessageEvent<Task>) => {
  try {
    report(await convert(data));
  } catch (error) {
    if (error instanceof EngineError) report({ error: { code: error.code, message: error.message } });
    else if (error instanceof DOMException && error.name === "QuotaExceededError") {
      report({ error: { code: "limit_exceeded", message: "this browser has no room for the output" } });
    } else {
      // A rejection would not reach the page.
      report({ error: { code: "internal", message: `this browser cannot convert files: ${error}` } });
    }
  }
};
