import { HttpError } from "../../../api/error.ts";

const attempts = 6;
const longestWait = 15_000;

let impatience = new AbortController();

/** Ends all waits before another try. */
export function tryNow(): void {
  impatience.abort();
  impatience = new AbortController();
}

window.addEventListener("online", tryNow);

export interface Retries {
  signal: AbortSignal;
  /** Called before the wait that precedes a retry. */
  onTrouble: (error: Error) => void;
}

/**
 * Retries transient failures with exponential, jittered waits of at most 15 s: for half a minute in total after error
 * responses, and without end after none at all. A wait ends early once the browser is online again, which p-retry's
 * cannot.
 */
export async function withRetries<T>({ signal, onTrouble }: Retries, action: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action();
    } catch (error) {
      if (signal.aborted || !(error instanceof HttpError) || !error.isPassing) throw error;
      if (error.status !== 0 && attempt >= attempts) throw error;
      onTrouble(error);
      await new Promise<void>((resolve) => {
        setTimeout(resolve, Math.min(longestWait, 500 * 2 ** attempt) * (0.5 + Math.random() / 2));
        const end = AbortSignal.any([signal, impatience.signal]);
        end.addEventListener("abort", () => resolve());
      });
      signal.throwIfAborted();
    }
  }
}
