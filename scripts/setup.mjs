// node scripts/setup.mjs [--test]: installs what `npm start` needs, and with --test what the tests need, unless it is up to date.
// Runs on Node 20 or newer, before node_modules exists.
import { withLock } from "./lib/lock.mjs";
import { ensureNodeModules } from "./lib/npm.mjs";
import { ensureVenv } from "./lib/python.mjs";
import { fromRoot } from "./lib/root.mjs";
import { ensureSstPlatform } from "./lib/sst.mjs";
import { exitWith, say } from "./lib/step.mjs";
import { kindForThisMachine, wheel } from "./wheel.mjs";

/** Waits for all tasks, so that none continues in the background after another failed. */
async function all(/** @type {Promise<unknown>[]} */ ...tasks) {
  for (const result of await Promise.allSettled(tasks)) {
    if (result.status === "rejected") throw result.reason;
  }
}

const lock = fromRoot(".local/setup.lock");

/** Installs only the Node packages. */
export function setupNode() {
  return withLock(lock, ensureNodeModules);
}

const ON_WASM =
  "  - Rust is missing, so the converter runs as WebAssembly: the same JSON, but one thread, 1.5 times slower. " +
  "For the native converter, install Rust (https://rustup.rs) and start again.";

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
