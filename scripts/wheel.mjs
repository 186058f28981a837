// node scripts/wheel.mjs [--glue | --wasm] [--check]: builds the converter's Python wheel if its sources changed, and prints its
// path. The default is a wheel for this machine. --glue: for Glue (manylinux2014 x86_64). --wasm: with the WebAssembly module
// instead of native code, the default when Rust is missing. --check: only prints whether a wheel, Rust or Python is there.
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

/** Files and folders that no wheel contains. */
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
 * The environment with cargo on the PATH. If cargo is missing, puccinialin downloads Rust into the user's cache, as maturin does
 * in pip's build.
 * @param {string} venv
 */
async function withRust(venv) {
  if (await hasCommand("cargo")) return process.env;
  return step("Rust: downloading, because cargo is not on the PATH", async () => {
    const file = path.join(venv, "rust.json");
    await run(inVenv(venv), ["-m", "puccinialin", "--info-json", file]).catch((error) => {
      throw new SetupError(
        `${error.message}\n\nRust could not be downloaded. Building the converter for Glue needs it: install it from https://rustup.rs`,
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
  // Cross-compiling needs the target's standard library.
  if (process.platform !== "linux" || process.arch !== "x64") {
    await run("rustup", ["target", "add", TARGET], { env });
  }
  const compatibility = ["--zig", "--compatibility", "manylinux2014", "--target", TARGET];
  await run(inVenv(venv, "maturin"), ["build", "--release", ...compatibility, "--out", out], {
    cwd: fromRoot("glue"),
    // maturin looks for zig in the first Python on the PATH.
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
 * Folder for the wheel of the current sources.
 * @param {Kind} kind
 */
async function currentFolder(kind) {
  const sources = await hashFolder(fromRoot("glue"), notSource(kind));
  const tools =
    kind === "glue" ? await fs.readFile(buildTools, "utf8") : `${process.platform} ${process.arch}`;
  return path.join(wheels, `${kind}-${hash(sources, tools)}`);
}

/**
 * The kind of wheel for this machine: native if it is built or can be.
 * @returns {Promise<"host" | "wasm">}
 */
export async function kindForThisMachine() {
  return (await wheelIn(await currentFolder("host"))) || (await hasCommand("cargo")) ? "host" : "wasm";
}

/**
 * Checks for the wheel, else Rust to build it, else Python to download Rust with. Throws when Python is missing too.
 * @param {Kind} kind
 * @returns {Promise<"wheel" | "rust" | "python">}
 */
async function check(kind) {
  if (await wheelIn(await currentFolder(kind))) return "wheel";
  await findPython();
  return (await hasCommand("cargo")) ? "rust" : "python";
}

/**
 * Builds the wheel if its sources changed.
 * @param {Kind} [kind] the default is the kind for this machine
 * @returns {Promise<string>} path of the wheel
 */
export async function wheel(kind) {
  const wanted = kind ?? (await kindForThisMachine());
  const { title, build } = kinds[wanted];
  const built = await wheelIn(await currentFolder(wanted));
  if (built) return built;
  return withLock(path.join(wheels, `${wanted}.lock`), async () => {
    // Another process may have built it during the wait.
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
