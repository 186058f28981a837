import { parseResponse } from "hono/client";
import { api } from "../../../api/client.ts";
import { putBlob } from "./put-blob.ts";
import { putSlots } from "./put-slots.ts";
import { withRetries } from "./retry.ts";
import type { Transfer } from "./transfer.ts";

/** Parts of one file at a time. A few slots stay for the small files that were chosen with it. */
const parallel = 4;
/** URLs asked for at once. They run out after a while, so not all of a large file's at the start. */
const batch = 50;

export interface Parts {
  jobId: string;
  /** Bytes of every part but the last. */
  partSize: number;
  partCount: number;
}

/** Uploads the parts that are not there yet, several at a time, and puts them together. */
export async function uploadParts(file: Blob, { jobId, partSize, partCount }: Parts, transfer: Transfer) {
  // One part that cannot be uploaded stops the others.
  const giveUp = new AbortController();
  const signal = AbortSignal.any([transfer.signal, giveUp.signal]);
  const { pause } = transfer;
  const retries = { signal: AbortSignal.any([signal, pause]), onTrouble: transfer.onTrouble };

  const urls = new Map<number, string>();
  const etags = new Map<number, string>();
  const moving = new Map<number, number>();
  let stored = 0;
  let sent = 0;
  const bytesOf = (part: number) => file.slice((part - 1) * partSize, part * partSize);

  const show = () => {
    const loaded = [...moving.values()].reduce((sum, bytes) => sum + bytes, stored);
    transfer.onProgress({ stored, loaded, sent });
  };

  const keep = (part: number, etag: string) => {
    if (!etags.has(part)) stored += bytesOf(part).size;
    etags.set(part, etag);
  };

  const ask = async (from: number, count: number) => {
    const query = { from: String(from), count: String(Math.min(count, partCount - from + 1)) };
    const answer = await parseResponse(
      api.upload[":jobId"].parts.$get({ param: { jobId }, query }, { init: { signal } }),
    );
    for (const { partNumber, url } of answer.parts) urls.set(partNumber, url);
    for (const { partNumber, etag, size } of answer.uploaded) {
      if (size === bytesOf(partNumber).size) keep(partNumber, etag);
    }
    show();
  };

  const put = async (part: number, url: string) => {
    const onProgress = (bytes: number) => {
      sent += bytes - (moving.get(part) ?? 0);
      moving.set(part, bytes);
      show();
    };
    try {
      keep(part, await putBlob(url, bytesOf(part), { signal, onProgress }));
    } finally {
      moving.delete(part);
      show();
    }
  };

  const send = async (part: number) => {
    if (!urls.has(part)) await ask(part, 1);
    const url = urls.get(part);
    if (url === undefined || etags.has(part)) return;
    // Used once: another attempt asks for a fresh one, and learns whether this one arrived after all.
    urls.delete(part);
    const putUnlessPaused = () => {
      pause.throwIfAborted();
      return put(part, url);
    };
    await putSlots.add(putUnlessPaused, { signal, priority: transfer.priority });
  };

  let next = 1;
  let asked = 0;
  let asking = Promise.resolve();
  const work = async () => {
    while (next <= partCount) {
      pause.throwIfAborted();
      const part = next;
      next += 1;
      if (part > asked) {
        asked = part + batch - 1;
        asking = withRetries(retries, () => ask(part, batch));
      }
      await asking;
      if (!etags.has(part)) await withRetries(retries, () => send(part));
    }
  };
  const workUntilError = async () => {
    try {
      await work();
    } catch (error) {
      if (!pause.aborted) giveUp.abort(error);
    }
  };
  await Promise.all(Array.from({ length: parallel }, workUntilError));
  signal.throwIfAborted();
  pause.throwIfAborted();

  const parts = [...etags]
    .map(([partNumber, etag]) => ({ partNumber, etag }))
    .sort((a, b) => a.partNumber - b.partNumber);
  await withRetries(retries, () =>
    parseResponse(
      api.upload[":jobId"].complete.$post({ param: { jobId }, json: { parts } }, { init: { signal } }),
    ),
  );
}
