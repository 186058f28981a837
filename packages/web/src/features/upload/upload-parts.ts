import { parseResponse } from "hono/client";
import { api } from "../../api/client.ts";
import { putBlob } from "./put-blob.ts";
import { withRetries } from "./retry.ts";

const parallel = 3;
/** URLs asked for at once. They run out after a while, so not all of a large file's at the start. */
const batch = 50;

export interface Parts {
  jobId: string;
  /** Bytes of every part but the last. */
  partSize: number;
  partCount: number;
}

interface Transfer {
  signal: AbortSignal;
  onProgress: (loaded: number) => void;
}

/** Uploads the parts that are not there yet, three at a time, and puts them together. */
export async function uploadParts(file: Blob, { jobId, partSize, partCount }: Parts, transfer: Transfer) {
  // One part that cannot be uploaded stops the others.
  const giveUp = new AbortController();
  const signal = AbortSignal.any([transfer.signal, giveUp.signal]);

  const urls = new Map<number, string>();
  const etags = new Map<number, string>();
  const loaded = new Map<number, number>();
  const bytesOf = (part: number) => file.slice((part - 1) * partSize, part * partSize);

  const show = (part: number, bytes: number) => {
    loaded.set(part, bytes);
    transfer.onProgress([...loaded.values()].reduce((sum, value) => sum + value, 0));
  };

  const ask = async (from: number, count: number) => {
    const query = { from: String(from), count: String(Math.min(count, partCount - from + 1)) };
    const answer = await parseResponse(
      api.upload[":jobId"].parts.$get({ param: { jobId }, query }, { init: { signal } }),
    );
    for (const { partNumber, url } of answer.parts) urls.set(partNumber, url);
    for (const { partNumber, etag, size } of answer.uploaded) {
      if (size !== bytesOf(partNumber).size) continue;
      etags.set(partNumber, etag);
      show(partNumber, size);
    }
  };

  const send = async (part: number) => {
    if (!urls.has(part)) await ask(part, 1);
    const url = urls.get(part);
    if (url === undefined || etags.has(part)) return;
    // Used once: another attempt asks for a fresh one, and learns whether this one arrived after all.
    urls.delete(part);
    try {
      etags.set(
        part,
        await putBlob(url, bytesOf(part), { signal, onProgress: (bytes) => show(part, bytes) }),
      );
    } catch (error) {
      show(part, 0);
      throw error;
    }
  };

  let next = 1;
  let asked = 0;
  let asking = Promise.resolve();
  const work = async () => {
    while (next <= partCount) {
      const part = next;
      next += 1;
      if (part > asked) {
        asked = part + batch - 1;
        asking = withRetries(signal, () => ask(part, batch));
      }
      await asking;
      if (!etags.has(part)) await withRetries(signal, () => send(part));
    }
  };
  try {
    await Promise.all(Array.from({ length: parallel }, work));
  } catch (error) {
    giveUp.abort(error);
    throw error;
  }

  const parts = [...etags]
    .map(([partNumber, etag]) => ({ partNumber, etag }))
    .sort((a, b) => a.partNumber - b.partNumber);
  await withRetries(signal, () =>
    parseResponse(
      api.upload[":jobId"].complete.$post({ param: { jobId }, json: { parts } }, { init: { signal } }),
    ),
  );
}
