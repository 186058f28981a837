import fs from "node:fs/promises";
import path from "node:path";
import type { Credentials } from "../lib/credentials.ts";
import { python, root } from "../lib/paths.ts";
import { type Service, startService, waitUntilReady } from "../lib/processes.ts";

export interface MinistackOptions {
  /** Data folder; created if missing. */
  folder: string;
  port: number;
  /** The only valid access key. `"unchecked"`: tests of other services need no signatures. */
  credentials: Credentials | "unchecked";
  /** Runs instead of serve.py, for tests. */
  script?: string;
  /** ministack's names of the services. It needs IAM and STS to verify signatures. */
  services?: string;
  /** Address of AWS for Lambda functions; the default is ministack's own. */
  functionsThrough?: string;
}

export interface Ministack extends Service {
  url: string;
  folder: string;
}

/** Starts the embedded AWS on 127.0.0.1 without waiting for it. */
export async function spawnMinistack(options: MinistackOptions): Promise<Ministack> {
  const { folder, port, credentials, services = "s3,dynamodb,iam,sts,lambda,sqs" } = options;
  const state = path.join(folder, "state");
  const temporary = path.join(folder, "tmp");
  await fs.mkdir(state, { recursive: true });
  // A killed process leaves the code of its Lambda functions behind.
  await fs.rm(temporary, { recursive: true, force: true });
  await fs.mkdir(temporary, { recursive: true });
  const service = await startService({
    name: "The embedded AWS (ministack)",
    command: python,
    args: [options.script ?? path.join(import.meta.dirname, "serve.py")],
    cwd: root,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PYTHONUNBUFFERED: "1",
      TMPDIR: temporary,
      GATEWAY_PORT: String(port),
      SERVICES: services,
      STATE_DIR: state,
      S3_PERSIST: "1",
      S3_DATA_DIR: path.join(folder, "s3"),
      LOG_LEVEL: "WARNING",
      IOT_MTLS_ENABLED: "0",
      SFTP_ENABLED: "0",
      // serve.py lets invocations wait instead.
      LAMBDA_ACCOUNT_CONCURRENCY: "0",
      ...(options.functionsThrough && { AWS_ENDPOINT_URL: options.functionsThrough }),
      ...(credentials !== "unchecked" && {
        AUTH: "true",
        UNPARQUET_ACCESS_KEY_ID: credentials.accessKeyId,
        UNPARQUET_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      }),
    },
    // It saves its data before it ends.
    patience: 30_000,
  });
  return { ...service, folder, url: `http://127.0.0.1:${port}` };
}

/** Resolves when ministack responds. Rejects with its output when it ends first. */
export async function ministackReady(ministack: Ministack): Promise<void> {
  await waitUntilReady(ministack, `${ministack.url}/_ministack/ready`, true).catch((error: Error) => {
    throw new Error(`${error.message}\nTo start with empty buckets and no jobs, delete ${ministack.folder}.`);
  });
}

/** Starts the embedded AWS on 127.0.0.1 and waits until it responds. */
export async function startMinistack(options: MinistackOptions): Promise<Ministack> {
  const ministack = await spawnMinistack(options);
  await ministackReady(ministack);
  return ministack;
}
