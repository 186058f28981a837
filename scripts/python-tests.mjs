// node scripts/python-tests.mjs [--wasm | --rebuilt-wasm | --spark] [PYTEST ARGUMENTS]: runs the converter's tests on its wheel with
// the project's Python, and those of its Python code with $PYTHON39, a Python 3.9 as on Glue. --wasm: on the repository's WebAssembly
// module. --rebuilt-wasm: on a newly built module, if this machine can build one. --spark: only those on Spark.

//
// Building the module takes four minutes, so `npm test` runs a few tests on the repository's module, after checking that it
// matches the sources. `npm run test:wasm:all` builds it and runs all tests.
import { existsSync } from "node:fs";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { beside, cargo } from "./lib/cargo.mjs";
import { hash } from "./lib/hash.mjs";
import { inVenv } from "./lib/python.mjs";
import { fromRoot } from "./lib/root.mjs";
import { exitWith, hasCommand, run, step } from "./lib/step.mjs";
import { ensureSpark } from "./spark.mjs";
import { rebuilt } from "./wasm.mjs";
import { kindForThisMachine, wheel } from "./wheel.mjs";

const [mode, args] = /^--((rebuilt-)?wasm|spark)$/.test(process.argv[2] ?? "")
  ? [process.argv[2], process.argv.slice(3)]
  : [undefined, process.argv.slice(2)];
const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];

/**
 * Installs the wheel outside the venv, so that no test can import a converter built from other sources.
 * @param {string} file
 * @returns {Promise<string>} the folder for PYTHONPATH
 */
async function install(file) {
  const folder = `${path.dirname(file)}/site`;
  if (existsSync(folder)) return folder;
  const options = ["--no-deps", "--no-index", "--target", `${folder}.tmp`];
  await run(inVenv(fromRoot(".venv")), [...pip, ...options, file]);
  await fs.rename(`${folder}.tmp`, folder);
  return folder;
}

/** @returns {Promise<[string, string]>} the folder of the converter on WebAssembly, and a name for the module */
async function installWasm() {
  const site = await install(await wheel("wasm"));
  const module = mode === "--rebuilt-wasm" ? await rebuilt() : undefined;
  if (!module) return [site, "the WebAssembly module"];
  const copy = path.join(path.dirname(module), "site");
  await fs.cp(site, copy, { recursive: true });
  await fs.copyFile(module, path.join(copy, "unparquet/unparquet.wasm"));
  return [copy, "the rebuilt WebAssembly module"];
}

/**
 * Installs the test packages for another Python, into a plain folder because that Python may lack venv.
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
const python39Tests = ["aws_lambda", "cli", "index", "inspect", "limits", "options", "reports", "s3"];

/** @param {string} python @param {string[]} folders @param {NodeJS.ProcessEnv} [env] @param {string[]} [tests] */
async function pytest(python, folders, env = {}, tests = [fromRoot("glue/tests")]) {
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

/** Runs the fuzz target once on each of its seeds. @param {string} site */
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
  if (mode === "--spark") {
    const site = await install(await wheel());
    const env = { SPARK_PYTHON: await ensureSpark() };
    await step("Converter tests on Spark", () =>
      pytest(inVenv(fromRoot(".venv")), [site], env, [fromRoot("glue/tests/test_spark.py")]),
    );
    return;
  }
  if (mode) {
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
