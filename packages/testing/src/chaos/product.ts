import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { endpointsFile } from "@unparquet/local/folder";
import { root } from "@unparquet/local/lib/paths";
import type { Endpoints } from "@unparquet/local/platform";
import { descendants } from "../processes.ts";

/** Processes that can be killed, by a part of their command line. `everything` is the whole product. */
const commands = {
  api: "packages/local/src/functions.ts",
  glue: "packages/local/src/glue/main.ts",
  aws: "packages/local/src/aws/serve.py",
  converter: "--JOB_RUN_ID",
} as const;
export type Victim = keyof typeof commands | "everything";

/** The product as started by `npm start`. It can be killed and restarted on the same data. */
export class Product {
  #child: ChildProcess | undefined;
  #output = "";
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;
  #isWanted = false;

  constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.#folder = folder;
    this.#env = env;
  }

  /** Resolves when all services respond. */
  async start(): Promise<Endpoints> {
    for (;;) {
      const script = path.join(root, "packages/local/src/start.ts");
      const child = spawn(process.execPath, [script, "--folder", this.#folder], {
        stdio: ["ignore", "pipe", "pipe"],
        env: { PATH: process.env.PATH, HOME: process.env.HOME, ...this.#env },
      });
      this.#child = child;
      this.#output = "";
      const keep = (chunk: Buffer) => {
        this.#output = (this.#output + chunk).slice(-20_000);
      };
      child.stdout.on("data", keep);
      child.stderr.on("data", keep);
      while (
        !this.#output.includes("unparquet is ready") &&
        child.exitCode === null &&
        child.signalCode === null
      ) {
        await sleep(50);
      }
      if (this.#output.includes("unparquet is ready")) break;
      // The previous processes have not released their ports yet.
      if (!/is already in use|EADDRINUSE|is already running/.test(this.#output)) {
        throw new Error(`The product does not start:\n${this.#output}`);
      }
      await sleep(500);
    }
    this.#isWanted = true;
    return JSON.parse(await fs.readFile(endpointsFile(this.#folder), "utf8"));
  }

  /** Sends SIGKILL to a process. @returns whether it was running */
  async kill(victim: Victim): Promise<boolean> {
    const pid = this.#child?.pid;
    if (pid === undefined) return false;
    if (victim === "everything") {
      const all = [...(await descendants(pid)).keys(), pid];
      this.#isWanted = false;
      for (const one of all) killNow(one);
      await sleep(200);
      await this.start();
      return true;
    }
    const found = [...(await descendants(pid))].filter(([, command]) => command.includes(commands[victim]));
    const [chosen] = found[Math.floor(Math.random() * found.length)] ?? [];
    if (chosen !== undefined) killNow(chosen);
    return chosen !== undefined;
  }

  /** The output of the product if it exited unexpectedly. */
  failure(): string | undefined {
    const child = this.#child;
    if (!this.#isWanted || !child || (child.exitCode === null && child.signalCode === null)) return undefined;
    return this.#output;
  }

  async stop(): Promise<void> {
    this.#isWanted = false;
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await ended;
  }
}

function killNow(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
