import fs from "node:fs/promises";
import path from "node:path";
import type { Credentials } from "../credentials.ts";
import { python, root } from "../paths.ts";
import { answers, type Service, startService } from "../service.ts";

export interface MinistackOptions {
  /** Everything is kept here; made when missing, read again by the next start. */
  folder: string;
  port: number;
  /** The only access key whose signatures are accepted. `"unchecked"`: anyone may do everything, for tests of other services. */
  credentials: Credentials | "unchecked";
  /** Serves instead of serve.py: for tests. */
  script?: string;
  /** By ministack's names. IAM and STS are what it checks signatures with. */
  services?: string;
}

export interface Ministack extends Service {
  url: string;
  folder: string;
}

/** Starts S3 and DynamoDB on 127.0.0.1, without waiting until they answer. */
export async function spawnMinistack(options: MinistackOptions): Promise<Ministack> {
  const { folder, port, credentials, services = "s3,dynamodb,iam,sts" } = options;
  const state = path.join(folder, "state");
  const temporary = path.join(folder, "tmp");
  await fs.mkdir(state, { recursive: true });
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
      ...(credentials !== "unchecked" && {
        AUTH: "true",
        UNPARQUET_ACCESS_KEY_ID: credentials.accessKeyId,
        UNPARQUET_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      }),
    },
    // It saves.
    patience: 30_000,
  });
  return { ...service, folder, url: `http://127.0.0.1:${port}` };
}

/** Resolves when it answers; rejects when it ends before, with what it said. */
export async function ministackReady(ministack: Ministack): Promise<void> {
  await answers(ministack, `${ministack.url}/_ministack/ready`, true).catch((error: Error) => {
    throw new Error(`${error.message}\nTo begin with empty buckets and no jobs, delete ${ministack.folder}.`);
  });
}

/** Starts S3 and DynamoDB on 127.0.0.1 and resolves when they answer. */
export async function startMinistack(options: MinistackOptions): Promise<Ministack> {
  const ministack = await spawnMinistack(options);
  await ministackReady(ministack);
  return ministack;
}
