import { spawn } from "node:child_process";
import { constants } from "node:os";

const signals = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);

/**
 * Runs a command in this terminal, and forwards signals to it.
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<number>} its exit code, or 128 plus the number of the signal that ended it
 */
export async function foreground(command, args, env = process.env) {
  const child = spawn(command, args, { stdio: "inherit", env });
  const before = signals.map((signal) => {
    const listeners = /** @type {(() => void)[]} */ (process.rawListeners(signal));
    process.removeAllListeners(signal);
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the child too; a second one could mean "stop at once".
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
    return listeners;
  });
  // npm's shell ends on a signal without forwarding it.
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
