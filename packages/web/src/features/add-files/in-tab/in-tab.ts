import { createAtom, useSelector } from "@tanstack/react-store";
import { EngineError } from "@unparquet/core/conversion/engine";
import type { Options } from "@unparquet/core/conversion/options";
import type { ErrorCode } from "@unparquet/core/errors";
import PQueue from "p-queue";
import { fetchPart } from "../../../components/fetch-part.ts";
import { announce } from "../../../components/live-region.tsx";
import type { Converted, Progress } from "./convert-file.ts";

/** Bytes of a file. The engine's memory is at most 4 GiB here, and it has one thread. */
export const inTabMaxBytes = 256_000_000;

export type State =
  | { phase: "waiting" }
  | { phase: "running"; progress?: Progress }
  | ({ phase: "saved" } & Converted)
  | { phase: "failed"; code: ErrorCode; message: string };

/** A conversion in this tab. */
export interface Conversion {
  readonly id: number;
  readonly file: File;
  /** Name of the output. */
  readonly name: string;
  readonly state: State;
}

const conversions = createAtom<readonly Conversion[]>([]);
let nextId = 1;
const aborts = new Map<number, AbortController>();
/** One after the other: each takes a processor, and much memory. */
const queue = new PQueue({ concurrency: 1 });

const warn = (event: BeforeUnloadEvent) => event.preventDefault();

function publish(next: readonly Conversion[]): void {
  conversions.set(next);
  if (aborts.size > 0) window.addEventListener("beforeunload", warn);
  else window.removeEventListener("beforeunload", warn);
}

const change = (id: number, state: State) =>
  publish(
    conversions.get().map((conversion) => (conversion.id === id ? { ...conversion, state } : conversion)),
  );

/** Milliseconds after which a download has its own hold of the file. */
const downloadTime = 60_000;

/** Browsers drop downloads that begin together. */
const downloads = new PQueue({ interval: 400, intervalCap: 1 });

/** Offers the output to the browser's downloads. */
export function save(name: string, output: File): void {
  void downloads.add(() => {
    const url = URL.createObjectURL(output);
    Object.assign(document.createElement("a"), { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), downloadTime);
  });
}

async function convert({ id, file, name }: Conversion, options: Options, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  change(id, { phase: "running" });
  try {
    const onProgress = (progress: Progress) => change(id, { phase: "running", progress });
    const { convertFile } = await fetchPart(() => import("./convert-file.ts"));
    const converted = await convertFile(file, options, { signal, onProgress });
    aborts.delete(id);
    change(id, { phase: "saved", ...converted });
    save(name, converted.output);
    announce(`${name} saved`);
  } catch (error) {
    aborts.delete(id);
    if (signal.aborted) return;
    const { code, message } =
      error instanceof EngineError ? error : { code: "internal" as const, message: (error as Error).message };
    change(id, { phase: "failed", code, message });
    announce(`${file.name} could not be converted: ${message}`);
  }
}

/** Converts a file in this tab, after those before it, and saves the output as `name`. Nothing is sent anywhere. */
export function convertInTab(file: File, name: string, options: Options): void {
  const conversion: Conversion = { id: nextId++, file, name, state: { phase: "waiting" } };
  const abort = new AbortController();
  aborts.set(conversion.id, abort);
  publish([...conversions.get(), conversion]);
  void queue.add(() => convert(conversion, options, abort.signal));
}

/** Whether this browser can keep an output on disk: only pages from https: or this machine may. */
export const canConvertInTab = "locks" in navigator && "storage" in navigator;

/** Takes conversions off the list, and stops those under way. */
export function dismiss(...ids: number[]): void {
  for (const id of ids) {
    aborts.get(id)?.abort(new DOMException("The conversion was cancelled.", "AbortError"));
    aborts.delete(id);
  }
  for (const { id, state } of conversions.get()) {
    if (ids.includes(id) && state.phase === "saved") setTimeout(state.remove, downloadTime);
  }
  publish(conversions.get().filter(({ id }) => !ids.includes(id)));
}

export const isConvertingInTab = (): boolean => aborts.size > 0;

export function useConversions(): readonly Conversion[] {
  return useSelector(conversions);
}
