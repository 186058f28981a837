import { openAsBlob } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { App } from "@unparquet/functions/app";
import { hc, parseResponse } from "hono/client";

type Client = ReturnType<typeof hc<App>>;

/** Throws the detail of a problem response (RFC 9457). */
async function fetchOrFail(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init);
  if (response.ok) return response;
  const text = await response.text();
  let detail = text.slice(0, 500);
  if (response.headers.get("content-type")?.startsWith("application/problem+json")) {
    const problem: { detail?: string; code?: string } = JSON.parse(text);
    detail = `${problem.detail} (${problem.code})`;
  }
  throw new Error(detail || `${response.url} responded with ${response.status}`);
}

async function uploadParts(
  api: Client,
  jobId: string,
  file: Blob,
  size: number,
  count: number,
): Promise<void> {
  const done: { partNumber: number; etag: string }[] = [];
  for (let from = 1; from <= count; ) {
    const query = { from: String(from), count: "20" };
    const { parts } = await parseResponse(api.upload[":jobId"].parts.$get({ param: { jobId }, query }));
    for (const { partNumber, url } of parts) {
      const body = file.slice((partNumber - 1) * size, partNumber * size);
      const response = await fetchOrFail(url, { method: "PUT", body });
      done.push({ partNumber, etag: response.headers.get("etag") ?? "" });
    }
    from += parts.length;
  }
  await api.upload[":jobId"].complete.$post({ param: { jobId }, json: { parts: done } });
}

/** Creates a job and uploads its file. @throws with the API's error message */
export async function upload(api: Client, file: string): Promise<string> {
  if (!(await fs.stat(file)).isFile()) throw new Error("not a file");
  const blob = await openAsBlob(file);
  const { job, upload: target } = await parseResponse(
    api.upload.$post({ json: { filename: path.basename(file), size: blob.size } }),
  );
  const { jobId } = job;
  if (target?.strategy === "single") {
    await fetchOrFail(target.url, { method: target.method, headers: target.headers, body: blob });
  } else if (target) {
    await uploadParts(api, jobId, blob, target.partSize, target.partCount);
  }
  return jobId;
}

/** A client of the public HTTP API that throws the API's error messages. */
export function clientOf(origin: string): Client {
  return hc<App>(origin, { fetch: fetchOrFail });
}

/**
 * Uploads and converts a file through the public HTTP API, and waits for the result.
 * @throws with the API's or the conversion's error message
 */
export async function convert(origin: string, file: string) {
  const api = clientOf(origin);
  const jobId = await upload(api, file);
  await api["trigger-job"].$post({ json: { jobId } });
  for (;;) {
    const { job: now } = await parseResponse(api["job-status"][":jobId"].$get({ param: { jobId } }));
    if (now.result) return now.result;
    if (now.error) throw new Error(`${now.error.message} (${now.error.code})`);
    if (now.status === "CANCELLED" || now.status === "EXPIRED") throw new Error(`the job is ${now.status}`);
    await sleep(250);
  }
}
