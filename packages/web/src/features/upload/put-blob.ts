/** A PUT that storage answered with an error, or did not answer at all (`status` 0). */
export class PutError extends Error {
  override readonly name = "PutError";
  readonly status: number;

  constructor(status: number) {
    super(status === 0 ? "The storage does not answer." : `The storage answered with HTTP status ${status}.`);
    this.status = status;
  }
}

interface PutOptions {
  headers?: Record<string, string>;
  signal: AbortSignal;
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
    signal.addEventListener("abort", abort);

    request.upload.onprogress = (event) => onProgress(event.loaded);
    request.onload = () => {
      if (request.status < 200 || request.status > 299) return reject(new PutError(request.status));
      onProgress(body.size);
      resolve(request.getResponseHeader("ETag") ?? "");
    };
    request.onerror = () => reject(new PutError(0));
    request.onabort = () => reject(signal.reason);
    request.onloadend = () => signal.removeEventListener("abort", abort);

    request.open("PUT", url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.send(body);
  });
}
