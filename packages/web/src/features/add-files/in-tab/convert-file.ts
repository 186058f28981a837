import { EngineError } from "@unparquet/core/conversion/engine";
import type { Options } from "@unparquet/core/conversion/options";
import { MissingPartError } from "../../../components/fetch-part.ts";
import { fetchModule } from "../engine/module.ts";
import type { Report, Task } from "./worker.ts";

export type Progress = Extract<Report, { progress: unknown }>["progress"];

/** The output of a conversion, in a file of the browser's own on disk. */
export interface Converted {
  output: File;
  rows: number;
  /** Removes the output from the disk. */
  remove: () => void;
}

const prefix = "unparquet-output-";

/** Reserves a name by a lock. Removes outputs that no tab holds a lock for any more. */
async function claimOutput(folder: FileSystemDirectoryHandle) {
  const { held = [] } = await navigator.locks.query();
  const kept = new Set(held.map(({ name }) => name));
  for await (const name of (folder as unknown as { keys: () => AsyncIterable<string> }).keys()) {
    if (name.startsWith(prefix) && !kept.has(name)) await folder.removeEntry(name).catch(() => undefined);
  }
  const name = `${prefix}${crypto.randomUUID()}`;
  const released = Promise.withResolvers<void>();
  void navigator.locks.request(name, () => released.promise);
  const remove = () => {
    released.resolve();
    // One that is still open is removed by the next conversion.
    folder.removeEntry(name).catch(() => undefined);
  };
  return { name, remove };
}

function runWorker(
  task: Task,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<{ rows: number }> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const { promise, resolve, reject } = Promise.withResolvers<{ rows: number }>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort);
  worker.onmessage = ({ data }: MessageEvent<Report>) => {
    if ("progress" in data) onProgress(data.progress);
    else if ("result" in data) resolve(data.result);
    else reject(new EngineError(data.error.code, data.error.message));
  };
  worker.onerror = (event) =>
    // An error in the script has a message; a script that could not be fetched has none.
    reject(event.message ? new EngineError("internal", event.message) : new MissingPartError(event));
  worker.postMessage(task);
  return promise.finally(() => {
    worker.terminate();
    signal.removeEventListener("abort", abort);
  });
}

/**
 * Converts a file in this tab, with the bytes that the converter would write. Throws EngineError with the converter's code,
 * MissingPartError, or the reason of `signal`.
 */
export async function convertFile(
  file: File,
  options: Options,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (progress: Progress) => void },
): Promise<Converted> {
  const folder = await navigator.storage.getDirectory();
  const { name, remove } = await claimOutput(folder);
  try {
    const module = await fetchModule();
    signal.throwIfAborted();
    const { rows } = await runWorker({ module, file, options, output: name }, signal, onProgress);
    signal.throwIfAborted();
    const output = await (await folder.getFileHandle(name)).getFile();
    return { output, rows, remove };
  } catch (error) {
    remove();
    throw error;
  }
}
