import PQueue from "p-queue";
import { HttpError } from "../../../api/error.ts";
import { RefusedFile } from "./check-parquet.ts";
import type { Retries } from "./retry.ts";

/** A PUT that storage answered with an error, or did not answer at all (`status` 0). */
export class PutError extends HttpError {
  override readonly name = "PutError";

  constructor(status: number) {
    const words = status === 0 ? "does not answer." : `returned HTTP status ${status}.`;
    super("put_failed", `The storage ${words}`, status);
  }
}

/** The answer to a presigned URL that has run out. A fresh one helps, unless permissions are missing. */
export const isForbidden = (error: unknown) => error instanceof PutError && error.status === 403;

/** A file's way to the storage, and how far it is. */
export interface Transfer extends Retries {
  /** Once aborted, parts on their way still arrive but no others are sent. */
  pause: AbortSignal;
  /** Of several files in line for a slot the one with the higher number is first. */
  readonly priority: number;
  /** Bytes in the storage for good: they are never sent again. */
  stored: number;
  /** Called once `stored` is higher, so that a tab closed right then resumes from there. */
  onStored: () => void;
  /** Bytes of the requests under way. */
  moving: number;
  /** Bytes sent by this try, including those in vain: the speed is measured by them. */
  sent: number;
  /** Why something is being retried, until bytes move again. */
  trouble: string | undefined;
}

interface PutOptions {
  signal?: AbortSignal;
  headers?: Record<string, string>;
}

/** As many requests as browsers open to one host over HTTP/1.1, for all files together: more would only wait there. */
const slots = new PQueue({ concurrency: 6 });
/** Milliseconds without a byte sent after which a request is given up: browsers wait far longer for a lost network. */
const longestSilence = 30_000;

/**
 * PUTs bytes to a presigned URL once there is a slot. Answers their ETag (empty where the storage does not show it).
 * XMLHttpRequest, because fetch does not report the progress of a request's body.
 */
export function putBlob(
  url: string,
  body: Blob,
  transfer: Transfer,
  { signal = transfer.signal, headers = {} }: PutOptions = {},
): Promise<string> {
  const put = () =>
    new Promise<string>((resolve, reject) => {
      transfer.pause.throwIfAborted();
      const request = new XMLHttpRequest();
      const abort = () => request.abort();
      let silence = setTimeout(abort, longestSilence);
      signal.addEventListener("abort", abort);
      let loaded = 0;
      const count = (bytes: number) => {
        if (bytes > loaded) transfer.trouble = undefined;
        transfer.moving += bytes - loaded;
        transfer.sent += bytes - loaded;
        loaded = bytes;
      };

      request.upload.onprogress = (event) => {
        clearTimeout(silence);
        silence = setTimeout(abort, longestSilence);
        // Some browsers count the request's head as well.
        count(Math.min(event.loaded, body.size));
      };
      request.onload = () => {
        if (request.status < 200 || request.status > 299) return reject(new PutError(request.status));
        count(body.size);
        resolve(request.getResponseHeader("ETag") ?? "");
      };
      // A file that changed since it was chosen looks like a lost network.
      request.onerror = () =>
        body
          .slice(0, 1)
          .arrayBuffer()
          .then(
            () => reject(new PutError(0)),
            () => reject(new RefusedFile("The file was changed, moved or deleted. Choose it again.")),
          );
      request.onabort = () => reject(signal.aborted ? signal.reason : new PutError(0));
      request.onloadend = () => {
        clearTimeout(silence);
        signal.removeEventListener("abort", abort);
        transfer.moving -= loaded;
      };
      request.open("PUT", url);
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      request.send(body);
    });
  return slots.add(put, { signal, priority: transfer.priority });
}
