// npm run wasm: builds the converter's WebAssembly module into glue/wasm. The module is committed, so that the dashboard and a
// first start need no toolchain. `npm run check` fails when it does not match its sources.
//
// Needs binaryen's wasm-opt, and Rust with the target wasm32-unknown-unknown (rustup target add wasm32-unknown-unknown) or with
// the sources of its standard library (rustup component add rust-src; Debian's rustc-web, rust-web-src and lld).
import { existsSync } from "node:fs";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { hash, hashFolder } from "./lib/hash.mjs";
import { withLock } from "./lib/lock.mjs";
import { ensureVenv, inVenv } from "./lib/python.mjs";
import { fromRoot } from "./lib/root.mjs";
import { exitWith, hasCommand, run, SetupError, step } from "./lib/step.mjs";

const TARGET = "wasm32-unknown-unknown";
const PACKAGE = "unparquet-wasm";
const crates = fromRoot("glue/crates");
const rebuilds = fromRoot(".local/wasm");

/** The module in the repository. */
export const committed = fromRoot("glue/wasm/unparquet.wasm");
const note = fromRoot("glue/wasm/built-from.json");

/** Left out of the build: level 1, the only one used, always has the strategy `fast` (zstd's clevels.h). */
const ZSTD_STRATEGIES = ["DFAST", "GREEDY", "LAZY", "LAZY2", "BTLAZY2", "BTOPT", "BTULTRA"];

/** WebAssembly features that all browsers have had since March 2023. */
const FEATURES = [
  ["bulk-memory"],
  ["multivalue"],
  ["mutable-globals"],
  ["nontrapping-fptoint", "nontrapping-float-to-int"],
  ["reference-types"],
  ["sign-ext"],
  ["simd128", "simd"],
];

/** The exports that hosts call. */
const EXPORTS = ["memory", "allocate", "call", "response"];

const notSource = (/** @type {string} */ name) =>
  ["unparquet-python", "tests", "benches", "examples", "target"].includes(name) ||
  name.startsWith(".") ||
  name.endsWith(".md");

/** Hash of everything the module is built from. */
async function fingerprint() {
  return hash(
    await hashFolder(crates, notSource),
    await fs.readFile(fromRoot("scripts/wasm.mjs"), "utf8"),
    await fs.readFile(fromRoot("packages/local/requirements-build.txt"), "utf8"),
  );
}

/** @param {string} file */
const hashOf = async (file) => hash((await fs.readFile(file)).toString("base64"));

/** Throws unless the repository's module matches the current sources. */
export async function checkCommitted() {
  const noted = JSON.parse(await fs.readFile(note, "utf8").catch(() => "{}"));
  if (noted.sources === (await fingerprint()) && noted.module === (await hashOf(committed))) return;
  throw new SetupError("glue/wasm/unparquet.wasm does not match its sources: run npm run wasm");
}

/**
 * Finds a Rust that can build for WebAssembly: the one on the PATH, then the one in /usr/bin.
 * @returns {Promise<{ cargo: string, options: string[], env: NodeJS.ProcessEnv } | undefined>}
 */
async function findRust() {
  for (const folder of ["", "/usr/bin/"]) {
    const rustc = `${folder}rustc`;
    const sysroot = (await run(rustc, ["--print", "sysroot"]).catch(() => "")).trim();
    const library = path.join(sysroot, "lib/rustlib");
    const prebuilt = existsSync(path.join(library, TARGET, "lib"));
    if (!sysroot || !(prebuilt || existsSync(path.join(library, "src/rust/library/Cargo.lock")))) continue;
    const host = /host: (.*)/.exec(await run(rustc, ["--version", "--verbose"]))?.[1] ?? "";
    const ownLinker = existsSync(path.join(library, host, "bin/rust-lld"));
    if (!ownLinker && !(await hasCommand("wasm-ld"))) continue;
    return {
      cargo: `${folder}cargo`,
      options: prebuilt
        ? []
        : ["-Z", "build-std=std,panic_abort", "-Z", "build-std-features=optimize_for_size"],
      env: {
        RUSTC: rustc,
        ...(ownLinker ? {} : { CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: "wasm-ld" }),
      },
    };
  }
  return undefined;
}

/**
 * @param {{ cargo: string, options: string[], env: NodeJS.ProcessEnv }} rust
 * @param {string} output
 */
async function build({ cargo, options, env }, output) {
  const venv = fromRoot(".local/venv-build");
  const requirements = [fromRoot("packages/local/requirements-build.txt")];
  await ensureVenv({ folder: venv, requirements, title: "Wheel build tools" });
  const zig = inVenv(venv, "python-zig");
  const cargoHome = process.env.CARGO_HOME ?? path.join(os.homedir(), ".cargo");
  const cFlags = ["-Os", "-DNDEBUG", "-msimd128", "-ffunction-sections", "-fdata-sections"];
  await run(
    cargo,
    ["build", "--locked", "--profile", "wasm", "--target", TARGET, "--package", PACKAGE, ...options],
    {
      cwd: crates,
      env: {
        ...process.env,
        ...env,
        // Allows -Z on a stable Rust. Locations of panics are never shown and would add paths to the module.
        RUSTC_BOOTSTRAP: "1",
        CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS: [
          "-Zlocation-detail=none",
          `-Ctarget-feature=${FEATURES.map(([name]) => `+${name}`).join(",")}`,
          `--remap-path-prefix=${cargoHome}=cargo`,
          `--remap-path-prefix=${crates}=crates`,
        ].join(" "),
        // The same C libraries as in the native converter, for the same compressed bytes. zig and Rust name the target differently.
        CC_wasm32_unknown_unknown: `${zig} cc -target wasm32-freestanding`,
        AR_wasm32_unknown_unknown: `${zig} ar`,
        CRATE_CC_NO_DEFAULTS: "1",
        CFLAGS_wasm32_unknown_unknown: [
          ...cFlags,
          ...ZSTD_STRATEGIES.map((name) => `-DZSTD_EXCLUDE_${name}_BLOCK_COMPRESSOR`),
        ].join(" "),
      },
    },
  );
  const built = path.join(crates, "target", TARGET, "wasm/unparquet_wasm.wasm");
  await fs.mkdir(path.dirname(output), { recursive: true });
  if (await hasCommand("wasm-opt")) {
    const features = FEATURES.map(([name, other]) => `--enable-${other ?? name}`);
    // zstd-sys exports all functions of its C library, which keeps unused ones in the module.
    const graph = path.join(path.dirname(output), "exports.json");
    const reachable = path.join(path.dirname(output), "reachable.wasm");
    const host = { name: "host", root: true, reaches: EXPORTS };
    await fs.writeFile(graph, JSON.stringify([host, ...EXPORTS.map((name) => ({ name, export: name }))]));
    await run("wasm-metadce", [...features, "-f", graph, built, "-o", reachable]);
    await run("wasm-opt", ["-O3", ...features, reachable, "-o", `${output}.new`]);
  } else {
    await fs.copyFile(built, `${output}.new`);
  }
  await fs.rename(`${output}.new`, output);
}

/**
 * Builds the module from the current sources, unless that was done before.
 * @returns {Promise<string | undefined>} path of the module; undefined if this machine cannot build it
 */
export async function rebuilt() {
  const rust = await findRust();
  if (!rust) return undefined;
  return withLock(path.join(rebuilds, "lock"), async () => {
    const file = path.join(rebuilds, await fingerprint(), "unparquet.wasm");
    if (!existsSync(file)) await step("WebAssembly module: cargo build", () => build(rust, file));
    return file;
  });
}

if (process.argv[1] === fromRoot("scripts/wasm.mjs")) {
  await exitWith(async () => {
    if (!(await hasCommand("wasm-opt"))) {
      throw new SetupError(
        "wasm-opt is missing: apt install binaryen, brew install binaryen or npm install -g binaryen",
      );
    }
    const sources = await fingerprint();
    const file = await rebuilt();
    if (!file) throw new SetupError(`Rust cannot build for WebAssembly: rustup target add ${TARGET}`);
    await fs.copyFile(file, committed);
    await fs.writeFile(note, `${JSON.stringify({ sources, module: await hashOf(committed) }, null, 2)}\n`);
    const { size } = await fs.stat(committed);
    console.log(`${path.relative(process.cwd(), committed)}: ${size} bytes`);
  });
}
