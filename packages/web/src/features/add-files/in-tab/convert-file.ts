import { EngineError } from "@unparquet/core/conversion/engine";
import type { Options } from "@unparquet/core/conversion/options";
import { fetchPart, MissingPartError } from "../../../components/fetch-part.ts";
import { fetchModule } from "../engine/module.ts";
import type { Report, Task } from "./worker.ts";

export type Progress = Extract<Report, { progress: unknown }>["progress"];

const prefix = "unparquet-output-";

/** Each output is kept while the tab that made it lives, as its download may go on: the tab holds a lock of the same name. */
async function removeOutputsOfClosedTabs(folder: FileSystemDirectoryHandle): Promise<void> {
  const { held = [] } = await navigator.locks.query();
  const alive = new Set(held.map(({ name }) => name));
  for await (const name of (folder as unknown as { keys: () => AsyncIterable<string> }).keys()) {
    if (name.startsWith(prefix) && !alive.has(name)) await folder.removeEntry(name).catch(() => undefined);
  }
}

/**
 * Converts a file in this tab, with the bytes that the converter would write, into a file of the browser's own on disk. Throws
 * EngineError with the converter's code, MissingPartError, or the reason of `signal`.
 */
export async function convertFile(
  file: File,
  options: Options,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (progress: Progress) => void },
): Promise<{ output: File; rows: number }> {
  const folder = await navigator.storage.getDirectory();
  await removeOutputsOfClosedTabs(folder);
  const output = `${prefix}${crypto.randomUUID()}`;
  void navigator.locks.request(output, () => new Promise(() => undefined));
  const module = await fetchModule();
  signal.throwIfAborted();

  const worker = await fetchPart(
    async () => new Worker(new URL("./worker.ts", import.meta.url), { type: "module" }),
  );
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
    reject(
      event.message
        ? new EngineError("internal", "something went wrong in this browser")
        : new MissingPartError(event),
    );
  worker.postMessage({ module, file, options, output } satisfies Task);
  try {
    const { rows } = await promise;
    const entry = await folder.getFileHandle(output);
    return { output: await entry.getFile(), rows };
  } catch (error) {
    worker.terminate();
    void folder.removeEntry(output).catch(() => undefined);
    throw error;
  } finally {
    worker.terminate();
    signal.removeEventListener("abort", abort);
  }
}
