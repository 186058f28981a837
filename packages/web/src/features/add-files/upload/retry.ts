import { ApiError } from "../../../api/error.ts";
import { PutError } from "./put-blob.ts";

const attempts = 6;
const longestWait = 15_000;

/** No response: a network failure, not a problem with the file or the storage. */
const isNetwork = (error: unknown): boolean =>
  (error instanceof ApiError || error instanceof PutError) && error.status === 0;

/** A presigned URL that has run out answers 403; the next attempt brings a fresh one. */
function isPassing(error: unknown): error is Error {
  if (error instanceof ApiError) return error.isPassing;
  if (error instanceof PutError) {
    return error.status === 0 || error.status === 403 || error.status === 429 || error.status >= 500;
  }
  return false;
}

const impatience = new EventTarget();

/** Ends all waits before another try. */
export function tryNow(): void {
  impatience.dispatchEvent(new Event("now"));
}

/** Ends early once the browser is online again, and with `tryNow`. */
function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", settle);
      window.removeEventListener("online", settle);
      impatience.removeEventListener("now", settle);
      if (signal.aborted) reject(signal.reason);
      else resolve();
    };
    const timer = setTimeout(settle, milliseconds);
    signal.addEventListener("abort", settle);
    window.addEventListener("online", settle);
    impatience.addEventListener("now", settle);
  });
}

export interface Retries {
  signal: AbortSignal;
  /** Called before the wait that precedes a retry. */
  onTrouble: (error: Error) => void;
}

/**
 * Retries transient failures with exponential, jittered waits of at most 15 s: for half a minute in total after error
 * responses, and without end after none at all.
 */
export async function withRetries<T>({ signal, onTrouble }: Retries, action: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action();
    } catch (error) {
      const last = attempt >= attempts && !isNetwork(error);
      if (signal.aborted || last || !isPassing(error)) throw error;
      onTrouble(error);
      await wait(Math.min(longestWait, 500 * 2 ** attempt) * (0.5 + Math.random() / 2), signal);
    }
  }
}
