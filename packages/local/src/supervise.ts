import { watch } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Service } from "./lib/processes.ts";

export interface Part<S extends Service = Service> {
  spawn: () => Promise<S>;
  /** Resolves once the service responds; rejects when it ends first. */
  ready: (service: S) => Promise<void>;
  /** Source folders: an edit in one of them restarts the service. */
  sources?: string[];
}

export interface Supervised {
  /** Rejects when the service keeps failing at startup, with its last output. */
  broken: Promise<never>;
  stop: () => Promise<void>;
}

/** Failed startups within a minute before giving up. */
const FAILURES_MAX = 5;
const MINUTE = 60_000;

/** A startup counts as successful once the service has responded for this long, in milliseconds. */
const STABLE_AFTER = 3_000;

/** Milliseconds before a restart, doubled with each failed startup. */
const BACKOFF = 100;

/** Milliseconds without a change before an edit counts: editors write in steps, and a checkout writes many files. */
const DEBOUNCE = 100;

async function watchFolder(folder: string, edited: () => void, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  try {
    for await (const { filename } of watch(folder, { recursive: true, signal })) {
      if (filename === null || /\.test\.\w+$|~$/.test(filename)) continue;
      clearTimeout(timer);
      timer = setTimeout(edited, DEBOUNCE);
    }
  } catch (error) {
    // For example when the system runs out of file watches.
    if (!signal.aborted) console.error(`Cannot watch ${folder} for edits:`, error);
  } finally {
    clearTimeout(timer);
  }
}

const EDITED = Symbol("edited");
const STOPPED = Symbol("stopped");

/**
 * Starts a service, waits until it responds, and restarts it whenever it exits or its source is edited.
 * @throws when the first startup fails
 */
export async function supervise<S extends Service>(part: Part<S>): Promise<Supervised> {
  let service = await part.spawn();
  try {
    await part.ready(service);
  } catch (error) {
    await service.stop();
    throw error;
  }
  let readyAt: number | undefined = performance.now();
  let isEdited = false;
  let failures: number[] = [];

  const stopping = new AbortController();
  const { signal } = stopping;
  const stopped = new Promise<typeof STOPPED>((resolve) => {
    signal.addEventListener("abort", () => resolve(STOPPED));
  });
  let edit = Promise.withResolvers<typeof EDITED>();

  /** Resolves when the service must be restarted, or on `stop`. */
  async function waitForRestart(): Promise<void> {
    const cause = await Promise.race([service.ended, edit.promise, stopped]);
    if (cause === STOPPED) return;
    if (cause === EDITED) {
      isEdited = true;
      return service.stop();
    }
    if (isEdited && readyAt === undefined && cause.startsWith("exit code")) {
      console.error(`${service.name} failed to start (${cause}): waiting for the next edit`);
      await Promise.race([edit.promise, stopped]);
      return;
    }
    isEdited = false;
    const now = performance.now();
    failures = failures.filter((at) => at > now - MINUTE);
    if (readyAt === undefined || now - readyAt < STABLE_AFTER) failures.push(now);
    if (failures.length >= FAILURES_MAX) {
      throw new Error(`${service.name} keeps failing at startup (${cause}):\n${service.output()}`);
    }
    console.error(`${service.name} exited (${cause}): restarting it`);
    await sleep(BACKOFF * 2 ** failures.length, undefined, { signal }).catch(() => undefined);
  }

  async function restartUntilStopped(): Promise<void> {
    for (;;) {
      await waitForRestart();
      if (signal.aborted) return;
      edit = Promise.withResolvers();
      readyAt = undefined;
      const next = await part.spawn();
      service = next;
      part.ready(next).then(
        () => {
          if (service === next) readyAt = performance.now();
        },
        // `waitForRestart` sees the same failure through `ended`.
        () => undefined,
      );
    }
  }

  const running = Promise.all([
    restartUntilStopped(),
    ...(part.sources ?? []).map((folder) => watchFolder(folder, () => edit.resolve(EDITED), signal)),
  ]);
  return {
    broken: running.then(() => new Promise<never>(() => undefined)),
    stop: async () => {
      stopping.abort();
      await running.catch(() => undefined);
      await service.stop();
    },
  };
}
