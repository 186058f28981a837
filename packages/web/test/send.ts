import fs from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Options } from "@unparquet/core/conversion/options";
import type { Job } from "@unparquet/core/job/schema";
import type { App } from "@unparquet/functions/app";
import { hc, parseResponse } from "hono/client";

/** Has the API convert a small file with these options. */
export async function start(origin: string, file: string, options: Partial<Options>): Promise<Job> {
  const created = await fetch(`${origin}/upload?filename=${encodeURIComponent(path.basename(file))}`, {
    method: "POST",
    headers: { "Content-Type": "application/octet-stream" },
    body: await fs.readFile(file),
  });
  const { job }: { job: Job } = await created.json();
  const api = hc<App>(origin);
  return (await parseResponse(api["trigger-job"].$post({ json: { jobId: job.jobId, options } }))).job;
}

/** The same, and gives the job once it has a result. */
export async function send(
  ...[origin, file, options]: Parameters<typeof start>
): Promise<Job & { result: NonNullable<Job["result"]> }> {
  const { jobId } = await start(origin, file, options);
  const api = hc<App>(origin);
  for (;;) {
    const { job: now } = await parseResponse(api["job-status"][":jobId"].$get({ param: { jobId } }));
    if (now.result) return { ...now, result: now.result };
    if (now.error) throw new Error(`${now.error.code}: ${now.error.message}`);
    await sleep(200);
  }
}
