// node scripts/wheel.mjs [--glue | --wasm] [--check]: builds the converter's Python wheel unless the same sources were built
// before, and prints its path. --glue: for Glue's Linux (manylinux2014 x86_64), whatever this machine is. --wasm: on the
// WebAssembly module, as it is for this machine when Rust is missing. --check: builds nothing, and prints what there is of what a
// build takes.
import { existsSync } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { hash, hashFolder } from "./lib/hash.mjs";
import { withLock } from "./lib/lock.mjs";
import { ensureVenv, findPython, inVenv } from "./lib/python.mjs";
import { fromRoot } from "./lib/root.mjs";
import { exitWith, hasCommand, run, SetupError, step } from "./lib/step.mjs";

const TARGET = "x86_64-unknown-linux-gnu";
const buildTools = fromRoot("packages/local/requirements-build.txt");

/** @typedef {"host" | "glue" | "wasm"} Kind */

/** Nothing of these ends up in a wheel. */
const never = ["tests", "target", "__pycache__", "dist", "bench", "fuzz"];
/** @type {Record<Kind, string[]>} */
const notIn = {
  host: [...never, "wasm", "unparquet-wasm"],
  glue: [...never, "wasm", "unparquet-wasm"],
  wasm: [...never, "crates"],
};
const notSource = (/** @type {Kind} */ kind) => (/** @type {string} */ name) =>
  notIn[kind].includes(name) ||
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

/**
 * The environment with cargo on its path: where it is missing, with the toolchain that pip's build for this machine would fetch,
 * from the same folder of the user's cache.
 * @param {string} venv
 */
async function withRust(venv) {
  if (await hasCommand("cargo")) return process.env;
  return step("Rust, as cargo is not on the PATH", async () => {
    const file = path.join(venv, "rust.json");
    await run(inVenv(venv), ["-m", "puccinialin", "--info-json", file]).catch((error) => {
      throw new SetupError(
        `${error.message}\n\nRust, which building the converter for Glue needs, could not be fetched. It can be installed from https://rustup.rs`,
      );
    });
    return { ...process.env, ...JSON.parse(await fs.readFile(file, "utf8")).env };
  });
}

/** @param {string} out */
async function buildForGlue(out) {
  const venv = fromRoot(".local/venv-build");
  await ensureVenv({ folder: venv, requirements: [buildTools], title: "Wheel build tools" });
  const env = await withRust(venv);
  // Rust for another system comes with its own standard library only.
  if (process.platform !== "linux" || process.arch !== "x64") {
    await run("rustup", ["target", "add", TARGET], { env });
  }
  const compatibility = ["--zig", "--compatibility", "manylinux2014", "--target", TARGET];
  await run(inVenv(venv, "maturin"), ["build", "--release", ...compatibility, "--out", out], {
    cwd: fromRoot("glue"),
    // maturin looks for zig as a module of the Python on its path.
    env: { ...env, PATH: `${path.dirname(inVenv(venv))}${path.delimiter}${env.PATH}` },
  });
}

/** @param {string} out */
async function buildOnWasm(out) {
  await run(inVenv(fromRoot(".venv")), [fromRoot("glue/wasm/build_wheel.py"), out]);
}

/** @type {Record<Kind, { title: string, build: (out: string) => Promise<void> }>} */
const kinds = {
  host: { title: "Converter wheel for this machine", build: buildForThisMachine },
  glue: { title: "Converter wheel for Glue (manylinux2014)", build: buildForGlue },
  wasm: { title: "Converter wheel on WebAssembly", build: buildOnWasm },
};

/** @param {string} folder */
async function wheelIn(folder) {
  const files = existsSync(folder) ? await fs.readdir(folder) : [];
  const name = files.find((file) => file.endsWith(".whl"));
  return name && path.join(folder, name);
}

const wheels = fromRoot(".local/wheels");

/**
 * Where the wheel of the present sources is, or will be once built.
 * @param {Kind} kind
 */
async function currentFolder(kind) {
  const sources = await hashFolder(fromRoot("glue"), notSource(kind));
  const tools =
    kind === "glue" ? await fs.readFile(buildTools, "utf8") : `${process.platform} ${process.arch}`;
  return path.join(wheels, `${kind}-${hash(sources, tools)}`);
}

/**
 * The kind of wheel that this machine converts with: the native one if it is there or can be built.
 * @returns {Promise<"host" | "wasm">}
 */
export const kindForThisMachine = async () =>
  (await wheelIn(await currentFolder("host"))) || (await hasCommand("cargo")) ? "host" : "wasm";

/**
 * What there is of what a build takes: the wheel itself, or Rust to build it with, or only Python to fetch Rust with. Throws when
 * there is no Python either.
 * @param {Kind} kind
 * @returns {Promise<"wheel" | "rust" | "python">}
 */
async function check(kind) {
  if (await wheelIn(await currentFolder(kind))) return "wheel";
  await findPython();
  return (await hasCommand("cargo")) ? "rust" : "python";
}

/**
 * @param {Kind} [kind] of its own accord the one for this machine
 * @returns {Promise<string>} path of the wheel
 */
export async function wheel(kind) {
  const wanted = kind ?? (await kindForThisMachine());
  const { title, build } = kinds[wanted];
  const built = await wheelIn(await currentFolder(wanted));
  if (built) return built;
  return withLock(path.join(wheels, `${wanted}.lock`), async () => {
    // Another process may have built it while this one waited.
    const folder = await currentFolder(wanted);
    const ready = await wheelIn(folder);
    if (ready) return ready;
    const building = `${folder}.building`;
    await fs.rm(building, { recursive: true, force: true });
    await step(title, () => build(building));
    for (const old of await fs.readdir(wheels)) {
      if (old.startsWith(`${wanted}-`) && path.join(wheels, old) !== building) {
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
    const named = /** @type {const} */ (["glue", "wasm"]).find((name) => process.argv.includes(`--${name}`));
    const kind = named ?? (await kindForThisMachine());
    console.log(process.argv.includes("--check") ? await check(kind) : await wheel(kind));
  });
}
