import { ApiError } from "../../api/error.ts";
import { PutError } from "./put-blob.ts";

const attempts = 6;
const longestWait = 15_000;

/** A presigned URL that has run out answers 403; the next attempt brings a fresh one. */
function isPassing(error: unknown): boolean {
  if (error instanceof ApiError) return error.isPassing;
  if (error instanceof PutError) {
    return error.status === 0 || error.status === 403 || error.status === 429 || error.status >= 500;
  }
  return false;
}

function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal.addEventListener("abort", stop, { once: true });
  });
}

/** Tries again what failed in passing, with growing, jittered waits: half a minute in all. */
export async function withRetries<T>(signal: AbortSignal, action: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action();
    } catch (error) {
      if (signal.aborted || attempt === attempts || !isPassing(error)) throw error;
      await wait(Math.min(longestWait, 500 * 2 ** attempt) * (0.5 + Math.random() / 2), signal);
    }
  }
}
