import { randomUUID } from "node:crypto";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateJobCommand,
  type CreateJobCommandInput,
  GetJobRunCommand,
  GlueClient,
  type JobRun,
  StartJobRunCommand,
  type StartJobRunCommandInput,
} from "@aws-sdk/client-glue";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { type GlueEndpoint, type GlueOptions, startGlue } from "@unparquet/local/glue/endpoint";
import type { GlueJobStateChange } from "@unparquet/local/glue/events";
import { environmentCredentials } from "@unparquet/local/lib/credentials";
import { signedHeaders } from "../aws/signed.ts";

const bucket = `glue-tests-${randomUUID()}`;
const s3 = new S3Client({ forcePathStyle: true });
let made: Promise<unknown> | undefined;

/** Uploads an object for a run. @returns its s3:// URI */
export async function put(name: string, body: string | Uint8Array): Promise<string> {
  made ??= s3.send(new CreateBucketCommand({ Bucket: bucket }));
  await made;
  const Key = `${randomUUID()}/${name}`;
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Buffer.from(body) }));
  return `s3://${bucket}/${Key}`;
}

/** A Glue endpoint with its own state folder, on which it can be restarted. */
export class TestGlue {
  /** The events that were delivered. */
  readonly events: GlueJobStateChange[] = [];
  folder = "";
  endpoint: GlueEndpoint = { url: "", stop: async () => undefined };
  client = new GlueClient({});
  readonly #options: Partial<GlueOptions>;

  constructor(options: Partial<GlueOptions> = {}) {
    this.#options = options;
  }

  async start(): Promise<this> {
    this.folder ||= await fs.mkdtemp(path.join(os.tmpdir(), "glue-test-"));
    const sink = async (event: GlueJobStateChange): Promise<void> => {
      this.events.push(event);
    };
    const credentials = environmentCredentials(process.env);
    this.endpoint = await startGlue({ folder: this.folder, port: 0, sink, credentials, ...this.#options });
    this.client = new GlueClient({ endpoint: this.endpoint.url });
    return this;
  }

  async remove(): Promise<void> {
    await this.endpoint.stop();
    await fs.rm(this.folder, { recursive: true, force: true });
  }

  /** Sends a signed request. */
  async post(target: string, body: string): Promise<Response> {
    const headers = await signedHeaders(this.endpoint.url, { service: "glue", target, body });
    return fetch(this.endpoint.url, { method: "POST", headers, body });
  }

  /** Creates a Python Shell job that runs the script. @returns its name */
  async job(script: string, definition: Partial<CreateJobCommandInput> = {}): Promise<string> {
    const Name = `job-${randomUUID()}`;
    const Command = {
      Name: "pythonshell",
      PythonVersion: "3.9",
      ScriptLocation: await put("script.py", script),
    };
    await this.client.send(new CreateJobCommand({ Name, Role: "role", Command, ...definition }));
    return Name;
  }

  /** Creates a Spark job that runs the script. @returns its name */
  async sparkJob(script: string, definition: Partial<CreateJobCommandInput> = {}): Promise<string> {
    const Command = {
      Name: "glueetl",
      PythonVersion: "3",
      ScriptLocation: await put("script.py", script),
    };
    return this.job("", { Command, GlueVersion: "5.0", ...definition });
  }

  /** @returns the id of a new run */
  async run(JobName: string, input: Partial<StartJobRunCommandInput> = {}): Promise<string> {
    const { JobRunId = "" } = await this.client.send(new StartJobRunCommand({ JobName, ...input }));
    return JobRunId;
  }

  async get(JobName: string, RunId: string): Promise<JobRun> {
    const { JobRun } = await this.client.send(new GetJobRunCommand({ JobName, RunId }));
    if (!JobRun) throw new Error("GetJobRun answered without a run");
    return JobRun;
  }

  /** Waits until the run is in one of the states. */
  async until(JobName: string, RunId: string, ...states: string[]): Promise<JobRun> {
    for (;;) {
      const run = await this.get(JobName, RunId);
      if (states.includes(run.JobRunState ?? "")) return run;
      await sleep(20);
    }
  }

  /** Waits for a run's event. */
  async event(runId: string): Promise<GlueJobStateChange> {
    for (;;) {
      const event = this.events.find(({ detail }) => detail.jobRunId === runId);
      if (event) return event;
      await sleep(20);
    }
  }

  log(runId: string, name: "output" | "error"): Promise<string> {
    return fs.readFile(path.join(this.folder, "logs", runId, `${name}.log`), "utf8");
  }
}
