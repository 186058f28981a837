import { parseResponse } from "hono/client";
import pMap from "p-map";
import { api } from "../../../api/client.ts";
import { isForbidden, putBlob, type Transfer } from "./put-blob.ts";
import { withRetries } from "./retry.ts";

/** Parts of one file at a time. A few slots stay for the small files that were chosen with it. */
const parallel = 4;
/** URLs asked for at once. They run out after a while, so not all of a large file's at the start. */
const batch = 100;

export interface Parts {
  jobId: string;
  /** Bytes of every part but the last. */
  partSize: number;
  partCount: number;
}

/** Uploads the parts that are not there yet, several at a time, and puts them together. */
export async function uploadParts(file: Blob, { jobId, partSize, partCount }: Parts, transfer: Transfer) {
  const { pause, onTrouble } = transfer;
  // One part that cannot be uploaded stops the others.
  const stop = new AbortController();
  const signal = AbortSignal.any([transfer.signal, stop.signal]);
  const retries = { signal: AbortSignal.any([signal, pause]), onTrouble };
  const etags = new Map<number, string>();
  const bytesOf = (part: number) => file.slice((part - 1) * partSize, part * partSize);
  let stored = 0;

  const keep = (part: number, etag: string) => {
    if (!etags.has(part)) stored += bytesOf(part).size;
    etags.set(part, etag);
    transfer.stored = stored;
    transfer.onStored();
  };

  /** Fresh URLs by part. Also learns which of the parts are there. */
  const list = async (from: number, most: number) => {
    const query = { from: String(from), count: String(Math.min(most, partCount - from + 1)) };
    const { parts, uploaded } = await parseResponse(
      api.upload[":jobId"].parts.$get({ param: { jobId }, query }, { init: { signal } }),
    );
    for (const { partNumber, etag, size } of uploaded) {
      if (size === bytesOf(partNumber).size) keep(partNumber, etag);
    }
    return new Map(parts.map(({ partNumber, url }) => [partNumber, url]));
  };

  const send = async (part: number, urls: Map<number, string>): Promise<void> => {
    const isFresh = !urls.has(part);
    const url = isFresh ? (await list(part, 1)).get(part) : urls.get(part);
    // Each URL is used once: the next attempt asks for a fresh one, and learns whether this one arrived after all.
    urls.delete(part);
    if (url === undefined || etags.has(part)) return;
    try {
      keep(part, await putBlob(url, bytesOf(part), transfer, { signal }));
    } catch (error) {
      if (isFresh || !isForbidden(error)) throw error;
      await send(part, urls);
    }
  };

  try {
    for (let from = 1; from <= partCount; from += batch) {
      const urls = await withRetries(retries, () => list(from, batch));
      const missing = [...urls.keys()].filter((part) => !etags.has(part));
      const sendUnlessPaused = async (part: number) => {
        try {
          if (!pause.aborted) await withRetries(retries, () => send(part, urls));
        } catch (error) {
          if (!pause.aborted) throw error;
        }
      };
      await pMap(missing, sendUnlessPaused, { concurrency: parallel });
      signal.throwIfAborted();
      pause.throwIfAborted();
    }
    const parts = [...etags]
      .map(([partNumber, etag]) => ({ partNumber, etag }))
      .sort((a, b) => a.partNumber - b.partNumber);
    const complete = () =>
      api.upload[":jobId"].complete.$post({ param: { jobId }, json: { parts } }, { init: { signal } });
    await withRetries(retries, () => parseResponse(complete()));
  } finally {
    stop.abort();
  }
}
