import { spawn } from "node:child_process";
import { constants } from "node:os";

const signals = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);

/**
 * Runs a command with this process's terminal. While it runs, signals are the command's to handle.
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<number>} its exit code, 128 and the signal's number if a signal ended it
 */
export async function foreground(command, args, env = process.env) {
  const child = spawn(command, args, { stdio: "inherit", env });
  const before = signals.map((signal) => {
    const listeners = /** @type {(() => void)[]} */ (process.rawListeners(signal));
    process.removeAllListeners(signal);
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the child as well, and some take a second one for "at once".
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
    return listeners;
  });
  // npm's shell dies of a signal without passing it on.
  const parent = process.ppid;
  const watch = setInterval(() => process.ppid !== parent && child.kill("SIGTERM"), 500).unref();
  try {
    return await new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? "SIGTERM"]));
    });
  } finally {
    clearInterval(watch);
    for (const [index, signal] of signals.entries()) {
      process.removeAllListeners(signal);
      for (const listener of before[index] ?? []) process.on(signal, listener);
    }
  }
}
