import type { ChildProcess } from "node:child_process";

/** Resolves when the process has ended; at once when it already has. */
export function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("exit", () => resolve());
  });
}

/** Asks a process to stop, and kills it when it has not after `patience` milliseconds. Resolves when it has ended. */
export async function stopChild(child: ChildProcess, patience = 10_000): Promise<void> {
  const timer = setTimeout(() => child.kill("SIGKILL"), patience);
  child.kill("SIGTERM");
  await ended(child);
  clearTimeout(timer);
}
