import type { Retries } from "./retry.ts";

/** How far the bytes of a file are. */
export interface Progress {
  /** Bytes that are in the storage for good: whatever happens, they are not sent again. */
  stored: number;
  /** Those, and what is on its way. */
  loaded: number;
  /** Bytes sent since this try began, those that were in vain as well: what a speed is measured by. */
  sent: number;
}

export interface Transfer extends Retries {
  /** Of several files in line for a slot the one with the higher number is first. */
  priority: number;
  /** Once aborted, parts on their way still arrive but no others are sent. */
  pause: AbortSignal;
  onProgress: (progress: Progress) => void;
}
