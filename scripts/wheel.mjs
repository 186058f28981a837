// node scripts/wheel.mjs [--glue]: builds the converter's Python wheel unless the same sources were built before, and
// prints its path. --glue: for Glue's Linux (manylinux2014 x86_64), whatever this machine is.
import { existsSync } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { hash, hashFolder } from "./lib/hash.mjs";
import { withLock } from "./lib/lock.mjs";
import { ensureVenv, inVenv } from "./lib/python.mjs";
import { fromRoot } from "./lib/root.mjs";
import { exitWith, run, SetupError, step } from "./lib/step.mjs";

const TARGET = "x86_64-unknown-linux-gnu";
const buildTools = fromRoot("packages/local/requirements-build.txt");

/** Nothing of these ends up in a wheel. */
const notSource = (/** @type {string} */ name) =>
  ["tests", "target", "__pycache__", "dist", "bench", "fuzz"].includes(name) ||
  name.startsWith(".") ||
  name.startsWith("requirements") ||
  /\.(pyc|so|pyd|md)$/.test(name);

/** @param {string} out */
async function buildForThisMachine(out) {
  const venv = fromRoot(".venv");
  await run(inVenv(venv), [
    "-m",
    "pip",
    "wheel",
    fromRoot("glue"),
    "--no-deps",
    "--quiet",
    "--wheel-dir",
    out,
  ]);
}

/** @param {string} out */
async function buildForGlue(out) {
  const venv = fromRoot(".local/venv-build");
  await ensureVenv({ folder: venv, requirements: [buildTools], title: "Wheel build tools" });
  await run("cargo", ["--version"]).catch((error) => {
    throw new SetupError(`${error.message}\n\nBuilding the converter for Glue needs Rust: https://rustup.rs`);
  });
  // Rust for another system comes with its own standard library only.
  if (process.platform !== "linux" || process.arch !== "x64") await run("rustup", ["target", "add", TARGET]);
  const compatibility = ["--zig", "--compatibility", "manylinux2014", "--target", TARGET];
  await run(inVenv(venv, "maturin"), ["build", "--release", ...compatibility, "--out", out], {
    cwd: fromRoot("glue"),
    // maturin looks for zig as a module of the Python on its path.
    env: { ...process.env, PATH: `${path.dirname(inVenv(venv))}${path.delimiter}${process.env.PATH}` },
  });
}

/** @param {string} folder */
async function wheelIn(folder) {
  const files = existsSync(folder) ? await fs.readdir(folder) : [];
  const name = files.find((file) => file.endsWith(".whl"));
  return name && path.join(folder, name);
}

/**
 * @param {{ glue?: boolean }} [options]
 * @returns {Promise<string>} path of the wheel
 */
export async function wheel({ glue = false } = {}) {
  const kind = glue ? "glue" : "host";
  const tools = glue ? await fs.readFile(buildTools, "utf8") : `${process.platform} ${process.arch}`;
  const wheels = fromRoot(".local/wheels");
  const current = async () =>
    path.join(wheels, `${kind}-${hash(await hashFolder(fromRoot("glue"), notSource), tools)}`);

  const built = await wheelIn(await current());
  if (built) return built;
  return withLock(path.join(wheels, `${kind}.lock`), async () => {
    // Another process may have built it while this one waited.
    const folder = await current();
    const ready = await wheelIn(folder);
    if (ready) return ready;
    const building = `${folder}.building`;
    await fs.rm(building, { recursive: true, force: true });
    await step(`Converter wheel ${glue ? "for Glue (manylinux2014)" : "for this machine"}`, () =>
      glue ? buildForGlue(building) : buildForThisMachine(building),
    );
    for (const old of await fs.readdir(wheels)) {
      if (old.startsWith(`${kind}-`) && path.join(wheels, old) !== building) {
        await fs.rm(path.join(wheels, old), { recursive: true, force: true });
      }
    }
    await fs.rename(building, folder);
    const result = await wheelIn(folder);
    if (!result) throw new SetupError(`The build left no wheel in ${folder}`);
    return result;
  });
}

if (process.argv[1] === fromRoot("scripts/wheel.mjs")) {
  await exitWith(async () => {
    console.log(await wheel({ glue: process.argv.includes("--glue") }));
  });
}
