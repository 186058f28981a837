import { readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isEnded, Job } from "@unparquet/core/job/schema";
import { Upload } from "@unparquet/functions/upload";
import * as z from "zod";
import { parquetLike } from "../fixtures/objects.ts";
import { get, post } from "./client.ts";

const Answer = z.object({ job: Job });
const Created = Answer.extend({ upload: Upload.optional() });

export const jobOf = async (response: Response): Promise<Job> => Answer.parse(await response.json()).job;

/** A pending job and its presigned upload. */
export const created = async (given: { filename: string; size: number }) => {
  const { job, upload } = Created.parse(await (await post("/upload", given)).json());
  if (!upload) throw new Error("The answer does not say where to upload");
  return { job, upload };
};

/** Creates a job and uploads its file to the presigned URL. The default file passes only the input check. */
export const uploaded = async (
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(parquetLike()),
  filename = "Fahrten März.parquet",
): Promise<Job> => {
  const { job, upload } = await created({ filename, size: bytes.length });
  if (upload.strategy !== "single") throw new Error("Too large for this");
  const { ok, status } = await fetch(upload.url, { method: "PUT", headers: upload.headers, body: bytes });
  if (!ok) throw new Error(`S3 answered ${status}`);
  return job;
};

/** id: 1, 2, 3; name: ASCII, non-ASCII, null; at: one timestamp in microseconds, UTC. */
export const threeRows = async (): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await readFile(path.join(import.meta.dirname, "../fixtures/three-rows.parquet")));

/** Waits until the job has ended. */
export const ended = async (jobId: string): Promise<Job> => {
  for (;;) {
    const job = await jobOf(await get(`/job-status/${jobId}`));
    if (isEnded(job.status)) return job;
    await sleep(50);
  }
};
