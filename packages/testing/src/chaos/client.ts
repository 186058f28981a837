import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Job } from "@unparquet/core/job/schema";

/** A file to convert and its expected output. */
export interface Sample {
  filename: string;
  bytes: Uint8Array<ArrayBuffer>;
  options: object;
  /** SHA-256 of the JSON. */
  expected: string;
}

/** What a client does in addition to converting its file. */
export interface Whims {
  direct: boolean;
  cancels: boolean;
  deletes: boolean;
}

const pause = () => sleep(200 + Math.random() * 800);

/** An API client that retries until it succeeds. */
export class Client {
  readonly #api: () => string;
  readonly #isOver: () => boolean;

  /**
   * @param api returns the API's current address
   * @param isOver whether the client must give up
   */
  constructor(api: () => string, isOver: () => boolean) {
    this.#api = api;
    this.#isOver = isOver;
  }

  /** Sends a request. Retries after network errors, 429 and 5xx. */
  async #send(url: () => string, init: RequestInit = {}): Promise<Response> {
    for (;;) {
      if (this.#isOver()) throw new Error(`No answer from ${url()}`);
      try {
        const response = await fetch(url(), { ...init, signal: AbortSignal.timeout(30_000) });
        if (response.status !== 429 && response.status < 500) return response;
        await response.body?.cancel();
      } catch {
        // A network error, or a service that was killed.
      }
      await pause();
    }
  }

  #call(method: string, path: string, body?: object): Promise<Response> {
    return this.#send(() => `${this.#api()}${path}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
    });
  }

  /** Creates a job and uploads its file. Creates a new job if the upload fails permanently. */
  async #upload({ filename, bytes }: Sample, direct: boolean): Promise<string> {
    const type = "application/octet-stream";
    for (;;) {
      if (direct) {
        const url = () => `${this.#api()}/upload?filename=${encodeURIComponent(filename)}`;
        const answer = await this.#send(url, {
          method: "POST",
          body: bytes,
          headers: { "Content-Type": type },
        });
        return (await answer.json()).job.jobId;
      }
      const { job, upload } = await (
        await this.#call("POST", "/upload", { filename, size: bytes.length })
      ).json();
      const put = await this.#send(() => upload.url, { method: "PUT", body: bytes });
      if (put.ok) return job.jobId;
    }
  }

  async status(jobId: string): Promise<Job | null> {
    const answer = await this.#call("GET", `/job-status/${jobId}`);
    return answer.status === 404 ? null : (await answer.json()).job;
  }

  async #ended(jobId: string): Promise<Job> {
    for (;;) {
      const job = await this.status(jobId);
      if (!job) throw new Error(`${jobId} is lost`);
      if (["SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED"].includes(job.status)) return job;
      await pause();
    }
  }

  /** Converts a file, retrying after failures. @returns the violations, and the job unless it was deleted */
  async convert(
    sample: Sample,
    { direct, cancels, deletes }: Whims,
  ): Promise<{ jobId?: string; wrong?: string }> {
    const jobId = await this.#upload(sample, direct);
    await this.#call("POST", "/trigger-job", { jobId, options: sample.options });
    if (cancels) {
      await pause();
      await this.#call("POST", `/jobs/${jobId}/cancel`);
    }
    let job = await this.#ended(jobId);
    while (job.status !== "SUCCEEDED") {
      // A kill may stop or kill a run, lose it, or interrupt S3 while the run reads its input.
      const isExpected = ["stopped", "internal", "out_of_memory", "timed_out"].includes(
        job.error?.code ?? "stopped",
      );
      if (!isExpected) return { jobId, wrong: `${job.status} ${JSON.stringify(job.error)}` };
      await this.#call("POST", `/jobs/${jobId}/retry`);
      job = await this.#ended(jobId);
    }
    const digest = await this.#download(job);
    if (digest !== sample.expected) return { jobId, wrong: "its result is not what the file holds" };
    if (!deletes) return { jobId };
    await this.#call("DELETE", `/jobs/${jobId}`);
    return (await this.status(jobId)) ? { jobId, wrong: "it is there after its deletion" } : {};
  }

  async #download({ jobId, result }: Job): Promise<string> {
    for (;;) {
      try {
        const answer = await this.#call("GET", `/download/${jobId}?redirect=false`);
        const { url, bytes } = await answer.json();
        const response = await this.#send(() => url);
        const content = new Uint8Array(await response.arrayBuffer());
        if (content.length === bytes && bytes === result?.bytes) {
          return createHash("sha256").update(content).digest("hex");
        }
      } catch (error) {
        if (this.#isOver()) throw error;
      }
      // The download was interrupted.
      await pause();
    }
  }
}
