import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ended, signalGroup, stopGroup } from "./child.ts";

export interface Service {
  name: string;
  pid: number;
  /** Resolves when it has ended, by itself or by `stop`, with how: `SIGKILL`, `exit code 1`. */
  ended: Promise<string>;
  /** The end of what it wrote. */
  output: () => string;
  stop: () => Promise<void>;
}

export interface ServiceOptions {
  name: string;
  command: string;
  args: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Gets standard output and error; standard error is shown as well. */
  log?: string;
  /** How long it may take to end after SIGTERM, in milliseconds. */
  patience?: number;
}

const KEPT = 10_000;

/**
 * Starts a program as a process group of its own, so that a Ctrl-C in the terminal reaches the platform alone, which then
 * stops its services in order.
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { name, command, log: file, patience = 5_000 } = options;
  if (file) await fs.mkdir(path.dirname(file), { recursive: true });
  const log = file ? createWriteStream(file, { flags: "a" }) : undefined;
  const child = spawn(command, options.args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    // Standard input ends with this process, however that ends, and the service ends with it.
    stdio: ["pipe", "pipe", "pipe"],
  });
  let output = "";
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-KEPT);
    log?.write(chunk);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", (chunk: Buffer) => {
    keep(chunk);
    if (log) process.stderr.write(chunk);
  });
  child.once("close", () => log?.end());
  const over = ended(child);
  const { pid } = child;
  if (pid === undefined) {
    log?.end();
    throw new Error(`${command} cannot be started: npm run setup makes it`);
  }
  return {
    name,
    pid,
    ended: over.then(() => {
      // What it started and left behind.
      signalGroup(pid, "SIGKILL");
      return child.signalCode ?? `exit code ${child.exitCode}`;
    }),
    output: () => output.trim(),
    stop: () => stopGroup(child, patience),
  };
}

/** Waits until the address answers, with success if `ok`; rejects when the service ends before. */
export async function answers(service: Service, url: string, ok = false): Promise<void> {
  let over = "";
  const ending = service.ended.then((how) => {
    over = how;
  });
  for (;;) {
    try {
      const response = await fetch(url);
      await response.body?.cancel();
      if (response.ok || !ok) return;
    } catch {
      // It does not listen yet.
    }
    if (over) throw new Error(`${service.name} ended (${over}):\n${service.output()}`);
    await Promise.race([sleep(25), ending]);
  }
}
