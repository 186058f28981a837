import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { commandOf, signalGroup } from "../child.ts";

export interface ScriptProcess {
  /** Exit code, or the signal that ended it, and the last line it wrote to standard error. */
  exit: Promise<{ code: number | null; signal: NodeJS.Signals | null; lastLine: string }>;
  /** SIGTERM to the whole process group; SIGKILL when it is still there after `patience` milliseconds. */
  stop: (patience: number) => void;
}

/** Process groups of scripts that run. None outlives this process, however abruptly it exits. */
const groups = new Set<number>();
process.on("exit", () => {
  for (const pid of groups) signalGroup(pid, "SIGKILL");
});

/** Holds the process id of a run from its first moment on. */
const pidFile = (logs: string): string => path.join(logs, "pid");

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

/**
 * Runs `python script ...args` in a process group and a temporary folder of its own.
 * @param options.logs folder for output.log and error.log, which outlive the run
 */
export async function runScript(options: {
  python: string;
  script: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  logs: string;
  temporary: string;
}): Promise<ScriptProcess> {
  await fs.mkdir(options.logs, { recursive: true });
  await fs.mkdir(options.temporary, { recursive: true });
  const errors = path.join(options.logs, "error.log");
  const output = await fs.open(path.join(options.logs, "output.log"), "a");
  const error = await fs.open(errors, "a");
  let child: ChildProcess;
  try {
    child = spawn(options.python, [options.script, ...options.args], {
      cwd: options.temporary,
      // No HOME of this user's: boto3 would read ~/.aws, and Python ~/.local.
      env: { ...options.env, TMPDIR: options.temporary, HOME: options.temporary },
      detached: true,
      stdio: ["ignore", output.fd, error.fd],
    });
    // Before anything else can happen: should this process be killed, the next one must know what it left behind.
    if (child.pid !== undefined) writeFileSync(pidFile(options.logs), String(child.pid));
    await new Promise((resolve, reject) => child.once("spawn", resolve).once("error", reject));
  } finally {
    await output.close();
    await error.close();
  }
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${options.python} has no process id`);

  groups.add(pid);

  let killer: NodeJS.Timeout | undefined;
  const exit = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve({ code: child.exitCode, signal: child.signalCode });
    }
    child.once("exit", (code, signal) => resolve({ code, signal }));
  }).then(async (result) => {
    clearTimeout(killer);
    // A process the script left behind.
    signalGroup(pid, "SIGKILL");
    groups.delete(pid);
    const lastLine = await lastLineOf(errors);
    await fs.rm(options.temporary, { recursive: true, force: true });
    return { ...result, lastLine };
  });
  return {
    exit,
    stop: (patience) => {
      signalGroup(pid, "SIGTERM");
      killer ??= setTimeout(() => signalGroup(pid, "SIGKILL"), patience);
    },
  };
}

/**
 * Kills the process group of a run that an endpoint which is no more had started. Its command line carries the run's id;
 * the process id alone may belong to something else by now.
 * @returns whether the run had a process at all
 */
export async function killLeftover(logs: string, runId: string): Promise<boolean> {
  const pid = Number(await fs.readFile(pidFile(logs), "utf8").catch(() => ""));
  if (!pid) return false;
  if ((await commandOf(pid)).includes(runId)) signalGroup(pid, "SIGKILL");
  return true;
}
