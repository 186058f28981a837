// node scripts/python-tests.mjs [--wasm | --rebuilt-wasm] [PYTEST ARGUMENTS]: the converter's tests against the built wheel, on
// the project's Python; and those of its Python code on the Python 3.9 that $PYTHON39 names, the version Glue runs. --wasm:
// against the WebAssembly module in the repository, on the project's Python. --rebuilt-wasm: the same on one that is built now,
// where that can be done.
//
// `npm test` runs a few of them on the module in the repository, which it checks to be built from the present sources: to build
// it takes four minutes of a processor. That this gives the same, and passes all tests, `npm run test:wasm:all` finds out.
import { existsSync } from "node:fs";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { beside, cargo } from "./lib/cargo.mjs";
import { hash } from "./lib/hash.mjs";
import { inVenv } from "./lib/python.mjs";
import { fromRoot } from "./lib/root.mjs";
import { exitWith, hasCommand, run, step } from "./lib/step.mjs";
import { rebuilt } from "./wasm.mjs";
import { kindForThisMachine, wheel } from "./wheel.mjs";

const [engine, args] = /^--(rebuilt-)?wasm$/.test(process.argv[2] ?? "")
  ? [process.argv[2], process.argv.slice(3)]
  : [undefined, process.argv.slice(2)];
const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];

/**
 * The wheel in a folder of its own rather than in the venv, so that a test never imports a converter built from other
 * sources.
 * @param {string} file
 */
async function install(file) {
  const folder = `${path.dirname(file)}/site`;
  if (existsSync(folder)) return folder;
  const options = ["--no-deps", "--no-index", "--target", `${folder}.tmp`];
  await run(inVenv(fromRoot(".venv")), [...pip, ...options, file]);
  await fs.rename(`${folder}.tmp`, folder);
  return folder;
}

/** @returns {Promise<[string, string]>} the folder of a converter that runs the module, and what it is called */
async function installWasm() {
  const site = await install(await wheel("wasm"));
  const module = engine === "--rebuilt-wasm" ? await rebuilt() : undefined;
  if (!module) return [site, "the WebAssembly module"];
  const copy = path.join(path.dirname(module), "site");
  await fs.cp(site, copy, { recursive: true });
  await fs.copyFile(module, path.join(copy, "unparquet/unparquet.wasm"));
  return [copy, "the rebuilt WebAssembly module"];
}

/**
 * What the tests need, for another Python than the project's. In a plain folder, as that Python may come without venv.
 * @param {string} python
 */
async function testPackages(python) {
  const requirements = fromRoot("glue/requirements-test.txt");
  const folder = fromRoot(".local", `python39-${hash(python, await fs.readFile(requirements, "utf8"))}`);
  if (existsSync(folder)) return folder;
  await step("Python 3.9 packages: glue/requirements-test.txt", async () => {
    await fs.rm(`${folder}.tmp`, { recursive: true, force: true });
    await run(python, [...pip, "--target", `${folder}.tmp`, "-r", requirements]);
    await fs.rename(`${folder}.tmp`, folder);
  });
  return folder;
}

// The engine is the same binary for every Python (abi3), so Python 3.9 runs only the tests of the Python code around it.
const python39Tests = ["cli", "index", "inspect", "limits", "options", "reports", "s3"];

/** @param {string} python @param {string[]} folders @param {NodeJS.ProcessEnv} [env] @param {string[]} [tests] */
async function pytest(python, folders, env = {}, tests = [fromRoot("glue/tests")]) {
  // Most tests run on one processor.
  const workers = ["--numprocesses", "auto", "--dist", "worksteal"];
  await run(python, ["-m", "pytest", ...tests, ...workers, ...args], {
    show: true,
    env: {
      ...process.env,
      ...env,
      PYTHONPATH: folders.join(path.delimiter),
      MINISTACK_PYTHON: inVenv(fromRoot(".venv")),
    },
  });
}

/** The coverage fuzzer's target, without the fuzzing. @param {string} site */
async function fuzzTargetOnSeeds(site) {
  if (!(await hasCommand("cargo"))) {
    console.error("  - The fuzz target is SKIPPED: cargo is not on the PATH (https://rustup.rs)");
    return;
  }
  await step("Fuzz target on its seeds", async () => {
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), "unparquet-seeds-"));
    try {
      const env = { ...process.env, PYTHONPATH: site };
      await run(inVenv(fromRoot(".venv")), [fromRoot("glue/fuzz/seeds.py"), folder], { env });
      const seeds = (await fs.readdir(folder)).map((name) => path.join(folder, name));
      await cargo("run", "--quiet", ...beside("fuzz"), "--", ...seeds);
    } finally {
      await fs.rm(folder, { recursive: true });
    }
  });
}

await exitWith(async () => {
  if (engine) {
    const [site, name] = await installWasm();
    const native = (await kindForThisMachine()) === "host" ? await install(await wheel("host")) : "";
    const env = { NATIVE_CONVERTER: native };
    await step(`Converter tests on ${name}`, () => pytest(inVenv(fromRoot(".venv")), [site], env));
    return;
  }
  const site = await install(await wheel());
  await step("Converter tests", () => pytest(inVenv(fromRoot(".venv")), [site]));
  if (args.length === 0) await fuzzTargetOnSeeds(site);

  const python39 = process.env.PYTHON39;
  if (!python39) {
    console.error("  - The same on Python 3.9 is SKIPPED: $PYTHON39 does not name one");
    return;
  }
  const packages = await testPackages(python39);
  const tests = python39Tests.map((name) => fromRoot(`glue/tests/test_${name}.py`));
  await step("Converter tests on Python 3.9", () => pytest(python39, [site, packages], {}, tests));
});
