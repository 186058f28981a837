import { once } from "node:events";
import { createWriteStream } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import type { Writable } from "node:stream";
import { execa } from "execa";
import { commandOf } from "../lib/processes.ts";

export interface ScriptProcess {
  /** Exit code or signal, whether the timeout ended the script, and its last line of standard error. */
  exit: Promise<{ code?: number; signal?: string; timedOut: boolean; lastLine: string }>;
  /** Sends SIGTERM to the process group, and SIGKILL after `patience`. */
  stop: () => void;
}

export interface ScriptOptions {
  python: string;
  script: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  /** Folder for output.log and error.log, which outlive the run. */
  logs: string;
  temporary: string;
  /** Milliseconds until the script is stopped. */
  timeout: number;
  /** Milliseconds between SIGTERM and SIGKILL. */
  patience: number;
}

function pidFile(logs: string): string {
  return path.join(logs, "pid");
}

/** A stream whose open file the script inherits, so that its logs do not pass through this process. */
async function openLog(file: string): Promise<Writable> {
  const stream = createWriteStream(file, { flags: "a" });
  await once(stream, "open");
  return stream;
}

async function lastLineOf(file: string): Promise<string> {
  const handle = await fs.open(file);
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, 4096);
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString("utf8").trim().split("\n").at(-1) ?? "";
  } finally {
    await handle.close();
  }
}

/** Writes the shell's process id to the file `$0`, and runs the arguments in its place. */
const become = 'echo $$ > "$0" && exec "$@"';

/** Runs `python script ...args` in its own process group and temporary folder. */
export async function runScript(options: ScriptOptions): Promise<ScriptProcess> {
  const { logs, temporary } = options;
  await fs.mkdir(logs, { recursive: true });
  await fs.mkdir(temporary, { recursive: true });
  const errors = path.join(logs, "error.log");
  const output = await openLog(path.join(logs, "output.log"));
  const error = await openLog(errors);
  // The process notes its id before it becomes the script: this one could be killed before it has.
  const child = execa("sh", ["-c", become, pidFile(logs), options.python, options.script, ...options.args], {
    cwd: temporary,
    // Not the user's HOME: boto3 would read ~/.aws, and Python ~/.local.
    env: { ...options.env, TMPDIR: temporary, HOME: temporary },
    extendEnv: false,
    reject: false,
    stdin: "ignore",
    stdout: output,
    stderr: error,
    timeout: options.timeout,
    killDescendants: true,
    forceKillAfterDelay: options.patience,
  });
  // Ends whatever the script started and left running.
  child.nodeChildProcess.once("exit", () => child.kill("SIGKILL"));
  if (child.pid === undefined) throw new Error((await child).originalMessage);

  async function exit() {
    const { exitCode: code, signal, timedOut } = await child;
    output.destroy();
    error.destroy();
    const lastLine = await lastLineOf(errors);
    // Killed processes may still be writing.
    await fs.rm(temporary, { recursive: true, force: true, maxRetries: 10 });
    return { ...(code !== undefined && { code }), ...(signal && { signal }), timedOut, lastLine };
  }
  return { exit: exit(), stop: () => child.kill() };
}

/**
 * Kills the process group that an earlier endpoint started for a run and left behind.
 * @returns whether the run ever had a process
 */
export async function killLeftover(logs: string, runId: string): Promise<boolean> {
  const pid = Number(await fs.readFile(pidFile(logs), "utf8").catch(() => ""));
  if (!pid) return false;
  // The system may have given the id to another program; a run's own command line contains its id.
  if ((await commandOf(pid)).includes(runId)) process.kill(-pid, "SIGKILL");
  return true;
}
