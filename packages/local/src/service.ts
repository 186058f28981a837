import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ended, stopGroup } from "./child.ts";

export interface Service {
  name: string;
  /** Resolves when it has ended, by itself or by `stop`. */
  ended: Promise<void>;
  /** The end of what it wrote. */
  output: () => string;
  stop: () => Promise<void>;
}

const KEPT = 10_000;

/**
 * Starts a Node program as a process group of its own, so that a Ctrl-C in the terminal reaches the platform alone, which
 * then stops its services in order.
 * @param options.log gets standard output and error; standard error is shown as well
 */
export async function startService(options: {
  name: string;
  args: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  log: string;
}): Promise<Service> {
  await fs.mkdir(path.dirname(options.log), { recursive: true });
  const log = createWriteStream(options.log);
  const child = spawn(process.execPath, options.args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  let output = "";
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-KEPT);
    log.write(chunk);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", (chunk: Buffer) => {
    keep(chunk);
    process.stderr.write(chunk);
  });
  return {
    name: options.name,
    ended: ended(child),
    output: () => output.trim(),
    stop: async () => {
      await stopGroup(child, 5_000);
      log.end();
    },
  };
}

/** Waits until something answers at the address, whatever it answers; rejects when the service ends before. */
export async function answers(service: Service, url: string): Promise<void> {
  let over = false;
  void service.ended.then(() => {
    over = true;
  });
  for (;;) {
    try {
      const response = await fetch(url);
      await response.body?.cancel();
      return;
    } catch {
      if (over) throw new Error(`${service.name} ended:\n${service.output()}`);
      await sleep(25);
    }
  }
}
