import { type ChildProcess, execFile } from "node:child_process";
import fs from "node:fs/promises";
import { promisify } from "node:util";

const exec = promisify(execFile);

/** Command line of a process; empty when there is none. */
export function commandOf(pid: number): Promise<string> {
  return fs
    .readFile(`/proc/${pid}/cmdline`, "utf8")
    .then((text) => text.replaceAll("\0", " "))
    .catch(() => exec("ps", ["-ww", "-p", String(pid), "-o", "command="]).then(({ stdout }) => stdout))
    .catch(() => "");
}

/** Signals a process group; one that is gone is no error. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Resolves when the process has ended, or could not be started; at once when it already has. */
export function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
}

/**
 * Asks a process that leads its own group to stop, and kills the group when it has not after `patience` milliseconds.
 * Resolves when nothing of it is left.
 */
export async function stopGroup(child: ChildProcess, patience: number): Promise<void> {
  const { pid } = child;
  // Once it has ended, its id may belong to another process.
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const timer = setTimeout(() => signalGroup(pid, "SIGKILL"), patience);
  signalGroup(pid, "SIGTERM");
  await ended(child);
  clearTimeout(timer);
  signalGroup(pid, "SIGKILL");
}
