// node scripts/setup.mjs [--test]: everything `npm start` needs, with --test also what the tests and checks need. Runs on
// any Node from 20, before there is a node_modules. What is already there is left alone.
import { withLock } from "./lib/lock.mjs";
import { ensureNodeModules } from "./lib/npm.mjs";
import { ensureVenv } from "./lib/python.mjs";
import { fromRoot } from "./lib/root.mjs";
import { ensureSstPlatform } from "./lib/sst.mjs";
import { exitWith, say } from "./lib/step.mjs";
import { kindForThisMachine, wheel } from "./wheel.mjs";

/** Waits for all, so that a failure of one never leaves another half-done in the background. */
async function all(/** @type {Promise<unknown>[]} */ ...tasks) {
  for (const result of await Promise.allSettled(tasks)) {
    if (result.status === "rejected") throw result.reason;
  }
}

const lock = fromRoot(".local/setup.lock");

/** Only the Node packages: what deploying needs besides builds itself, later. */
export const setupNode = () => withLock(lock, ensureNodeModules);

const ON_WASM =
  "  - Rust is missing, so the converter runs as WebAssembly: the same JSON, but one thread, and that 1.5 times slower. " +
  "For the native converter install Rust (https://rustup.rs) and start again.";

/** @param {{ test: boolean }} options */
export async function setup({ test }) {
  const requirements = [fromRoot("packages/local/requirements.txt")];
  const kind = await kindForThisMachine();
  if (test) requirements.push(fromRoot("glue/requirements-test.txt"));
  if (test || kind === "wasm") requirements.push(fromRoot("packages/local/requirements-wasm.txt"));
  if (kind === "wasm") say(ON_WASM);
  await withLock(lock, () =>
    all(
      ensureNodeModules().then(() => (test ? ensureSstPlatform() : undefined)),
      ensureVenv({ folder: fromRoot(".venv"), requirements, title: "Python packages" }).then(() =>
        wheel(kind),
      ),
    ),
  );
}

if (process.argv[1] === fromRoot("scripts/setup.mjs")) {
  await exitWith(() => setup({ test: process.argv.includes("--test") }));
}
