import path from "node:path";
import { Worker } from "node:worker_threads";

export interface Call {
  id: number;
  event: unknown;
}

export type Outcome = { id: number } & ({ answer: unknown } | { error: string });

export interface Lambda {
  /** Calls the handler. Rejects if it throws. */
  invoke: (event: unknown) => Promise<unknown>;
  stop: () => Promise<void>;
}

/**
 * Starts a function in a worker thread with its own environment variables.
 * @param module path of the module that exports `handler`
 */
export function startLambda(module: string, env: Record<string, string>): Lambda {
  const worker = new Worker(path.join(import.meta.dirname, "lambda-worker.ts"), {
    workerData: { module },
    env,
    execArgv: [],
    // Discards the function's log.
    stdout: true,
  });
  worker.stdout.resume();
  const calls = new Map<number, PromiseWithResolvers<unknown>>();
  worker.on("message", (outcome: Outcome) => {
    const call = calls.get(outcome.id);
    calls.delete(outcome.id);
    if ("error" in outcome) call?.reject(new Error(outcome.error));
    else call?.resolve(outcome.answer);
  });
  const broken = new Promise<never>((_, reject) => worker.once("error", reject));
  broken.catch(() => undefined);
  let next = 0;
  return {
    invoke: (event) => {
      const call = Promise.withResolvers<unknown>();
      const id = next++;
      calls.set(id, call);
      worker.postMessage({ id, event } satisfies Call);
      return Promise.race([call.promise, broken]);
    },
    stop: async () => {
      await worker.terminate();
    },
  };
}
