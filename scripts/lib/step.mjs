import { spawn } from "node:child_process";
import { constants } from "node:os";
import { root } from "./root.mjs";

/** An error for the user: printed without a stack trace. */
export class SetupError extends Error {}

/** @param {string} line */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/**
 * Runs `work`, and prints its title and duration on standard error.
 * @template T
 * @param {string} title
 * @param {() => Promise<T>} work
 */
export async function step(title, work) {
  const begin = performance.now();
  const seconds = () => `${((performance.now() - begin) / 1000).toFixed(1)} s`;
  say(`  … ${title}`);
  try {
    const result = await work();
    say(`  ✓ ${title} (${seconds()})`);
    return result;
  } catch (error) {
    say(`  ✗ ${title} (${seconds()})`);
    throw error;
  }
}

/** @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.once(signal, () => {
    for (const child of running) child.kill(signal);
    process.exit(128 + constants.signals[signal]);
  });
}

/**
 * Runs a command and resolves with its output, which is shown only if the command fails.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, show?: boolean }} [options] `show` prints the output as it comes
 * @returns {Promise<string>}
 */
export function run(command, args, { cwd = root, env = process.env, show = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: show ? "inherit" : ["ignore", "pipe", "pipe"] });
    running.add(child);
    let output = "";
    child.stdout?.on("data", (chunk) => {
      output += chunk;
    });
    child.stderr?.on("data", (chunk) => {
      output += chunk;
    });
    child.on("error", (error) => {
      running.delete(child);
      reject(new SetupError(`${command} cannot be started: ${error.message}`));
    });
    child.on("close", (code, signal) => {
      running.delete(child);
      if (code === 0) return resolve(output);
      const tail = output.trimEnd().split("\n").slice(-60).join("\n");
      const line = [command, ...args].join(" ");
      reject(new SetupError(`${tail}\n${line}\nended with ${signal ?? `exit code ${code}`}`));
    });
  });
}

/**
 * Whether a command can be run.
 * @param {string} command
 * @param {string} argument makes the command print its version
 */
export function hasCommand(command, argument = "--version") {
  return run(command, [argument]).then(
    () => true,
    () => false,
  );
}

/**
 * Runs a script's main function. Prints the message of a SetupError, and the stack trace of any other error.
 * @param {() => Promise<void>} main
 */
export async function exitWith(main) {
  try {
    await main();
  } catch (error) {
    say(
      error instanceof SetupError
        ? `\n${error.message}`
        : String(error instanceof Error ? error.stack : error),
    );
    process.exitCode = 1;
  }
}
