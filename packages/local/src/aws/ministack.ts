import { spawn } from "node:child_process";
import fs from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ended, stopGroup } from "../child.ts";
import { python } from "../paths.ts";

export interface Ministack {
  url: string;
  pid: number;
  /** Resolves when the process has ended, by itself or by `stop`. */
  ended: Promise<void>;
  /** What it wrote, to show when it ended by itself. */
  output: () => string;
  stop: () => Promise<void>;
}

async function ready(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/_ministack/ready`);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/**
 * Starts S3 and DynamoDB on 127.0.0.1 and resolves when they answer.
 * @param folder where everything is kept; made when missing, read again by the next start
 * @param services others instead, by ministack's names: for tests
 * @throws when the process ends before it answers, with what it said
 */
export async function startMinistack(
  folder: string,
  port: number,
  services = "s3,dynamodb",
): Promise<Ministack> {
  const state = path.join(folder, "state");
  const temporary = path.join(folder, "tmp");
  await fs.mkdir(state, { recursive: true });
  await fs.mkdir(temporary, { recursive: true });
  const child = spawn(python, [path.join(import.meta.dirname, "serve.py")], {
    // Its own process group: a Ctrl-C in the terminal must not stop it before those who still write to it.
    detached: true,
    // Standard input ends with this process, however that ends, and so does ministack.
    stdio: ["pipe", "pipe", "pipe"],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PYTHONUNBUFFERED: "1",
      TMPDIR: temporary,
      GATEWAY_PORT: String(port),
      // The host name in virtual-hosted bucket addresses (BUCKET.localhost).
      MINISTACK_HOST: "localhost",
      SERVICES: services,
      PERSIST_STATE: "1",
      STATE_DIR: state,
      S3_PERSIST: "1",
      S3_DATA_DIR: path.join(folder, "s3"),
      LOG_LEVEL: "WARNING",
      IOT_MTLS_ENABLED: "0",
      SFTP_ENABLED: "0",
    },
  });
  let output = "";
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-10_000);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const over = ended(child);

  const url = `http://127.0.0.1:${port}`;
  const { pid } = child;
  if (pid === undefined) throw new Error(`${python} cannot be started: npm run setup makes it`);
  while (!(await ready(url))) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(
        `The embedded AWS did not start with the data in ${folder}: ${output.trim()}\n` +
          `To begin with empty buckets and no jobs, delete that folder.`,
      );
    }
    await Promise.race([sleep(25), over]);
  }
  return { url, pid, ended: over, output: () => output.trim(), stop: () => stopGroup(child, 30_000) };
}
