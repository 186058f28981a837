import { fork } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Milliseconds. */
export interface Times {
  wall: number;
  cpu: number;
}

/** One process: loading the bundle, then each call in turn. */
export interface Measured {
  load: Times;
  calls: Times[];
  /** Peak resident memory in MiB. */
  rss: number;
}

export function median(values: number[]) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** The median of each figure. */
export function medians<Figures extends object>(runs: Figures[]): Figures {
  const keys = Object.keys(runs[0] ?? {}) as (keyof Figures)[];
  return Object.fromEntries(keys.map((key) => [key, median(runs.map((run) => Number(run[key])))])) as Figures;
}

export interface Summary {
  load: Times;
  first: Times;
  warm: Times;
  rss: number;
}

/** Medians over processes; for warm calls, over all calls of all processes. */
export function summary(runs: Measured[]): Summary {
  return {
    load: medians(runs.map(({ load }) => load)),
    first: medians(runs.flatMap(({ calls }) => calls.slice(0, 1))),
    warm: medians(runs.flatMap(({ calls }) => calls.slice(1))),
    rss: median(runs.map(({ rss }) => rss)),
  };
}

/** Loads a bundle and calls its handler, in a process with only this environment. */
export async function measure(folder: string, env: Record<string, string>, events: unknown[]) {
  const file = join(folder, "events.json");
  await writeFile(file, JSON.stringify(events));
  const child = fork(join(import.meta.dirname, "child.mjs"), [join(folder, "bundle.mjs"), file], {
    env: { ...env, LAMBDA_TASK_ROOT: folder },
    // The function's logs are ignored.
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  return new Promise<Measured>((resolve, reject) => {
    child.once("message", (message) => resolve(message as Measured));
    child.once("exit", (code) => reject(new Error(`${folder} ended with exit code ${code}`)));
  });
}
