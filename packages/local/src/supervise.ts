import { watch } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Service } from "./service.ts";

export interface Part<S extends Service = Service> {
  spawn: () => Promise<S>;
  /** Resolves when the service answers; rejects when it ends before. */
  ready: (service: S) => Promise<void>;
  /** Folders with its source code: an edit there restarts it. */
  sources?: string[];
}

export interface Supervised {
  /** Rejects when the part keeps ending at start, with what it said last. */
  broken: Promise<never>;
  stop: () => Promise<void>;
}

/** Ends at start within a minute after which a part is given up. */
const LIMIT = 5;
const MINUTE = 60_000;

/** A part that has answered for this long, in milliseconds, has started. */
const STEADY = 3_000;

/** Milliseconds before the first restart; doubled for each further one. */
const FIRST_WAIT = 100;

/** Editors write a file in several steps, and a checkout writes many: this long after the last one, in milliseconds. */
const QUIET = 100;

async function watchFolder(folder: string, edited: () => void, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  try {
    for await (const { filename } of watch(folder, { recursive: true, signal })) {
      if (filename === null || /\.test\.\w+$|~$/.test(filename)) continue;
      clearTimeout(timer);
      timer = setTimeout(edited, QUIET);
    }
  } catch (error) {
    // Of too many watches, for one.
    if (!signal.aborted) console.error(`Edits in ${folder} are not noticed:`, error);
  } finally {
    clearTimeout(timer);
  }
}

const EDITED = Symbol("edited");
const STOPPED = Symbol("stopped");

/**
 * Starts a part, resolves when it answers, and starts it again whenever it ends by itself or is edited.
 * @throws when the first start fails
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
  let earlyEnds: number[] = [];

  const stopping = new AbortController();
  const { signal } = stopping;
  const stopped = new Promise<typeof STOPPED>((resolve) => {
    signal.addEventListener("abort", () => resolve(STOPPED));
  });
  let edit = Promise.withResolvers<typeof EDITED>();

  /** Resolves when the part is to be started again, or on `stop`. */
  async function waitForRestart(): Promise<void> {
    const cause = await Promise.race([service.ended, edit.promise, stopped]);
    if (cause === STOPPED) return;
    if (cause === EDITED) {
      isEdited = true;
      return service.stop();
    }
    if (isEdited && readyAt === undefined && cause.startsWith("exit code")) {
      console.error(`${service.name} does not start (${cause}): waiting for the next edit`);
      await Promise.race([edit.promise, stopped]);
      return;
    }
    isEdited = false;
    const now = performance.now();
    earlyEnds = earlyEnds.filter((at) => at > now - MINUTE);
    if (readyAt === undefined || now - readyAt < STEADY) earlyEnds.push(now);
    if (earlyEnds.length >= LIMIT) {
      throw new Error(`${service.name} keeps ending at start (${cause}):\n${service.output()}`);
    }
    console.error(`${service.name} ended by itself (${cause}): starting it again`);
    await sleep(FIRST_WAIT * 2 ** earlyEnds.length, undefined, { signal }).catch(() => undefined);
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
        // `ended` says so too.
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
