import { RefusedFile } from "./check-parquet.ts";

/** A PUT that storage answered with an error, or did not answer at all (`status` 0). */
export class PutError extends Error {
  override readonly name = "PutError";
  readonly status: number;

  constructor(status: number) {
    super(status === 0 ? "The storage does not answer." : `The storage returned HTTP status ${status}.`);
    this.status = status;
  }
}

/** Milliseconds without a byte moved. A network that went away without a word would else be waited for much longer. */
const longestSilence = 30_000;

interface PutOptions {
  headers?: Record<string, string>;
  signal: AbortSignal;
  /** Bytes of the body that are on their way, or there. */
  onProgress: (loaded: number) => void;
}

/**
 * PUTs bytes to a presigned URL and answers their ETag (empty where the storage does not show it).
 * XMLHttpRequest, because fetch tells nothing about the progress of a request's body.
 */
export function putBlob(
  url: string,
  body: Blob,
  { headers = {}, signal, onProgress }: PutOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    let silence = setTimeout(abort, longestSilence);
    signal.addEventListener("abort", abort);

    request.upload.onprogress = (event) => {
      clearTimeout(silence);
      silence = setTimeout(abort, longestSilence);
      // Some browsers count the request's head as well.
      onProgress(Math.min(event.loaded, body.size));
    };
    request.onload = () => {
      if (request.status < 200 || request.status > 299) return reject(new PutError(request.status));
      onProgress(body.size);
      resolve(request.getResponseHeader("ETag") ?? "");
    };
    // A file that is not what it was when it was chosen looks like a lost network.
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
    };

    request.open("PUT", url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.send(body);
  });
}
