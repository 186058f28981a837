// node scripts/python-tests.mjs [PYTEST ARGUMENTS]: the converter's tests against the built wheel, on the project's Python
// and on the Python 3.9 that $PYTHON39 names, the version Glue runs.
import { existsSync } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { ensureVenv, inVenv } from "./lib/python.mjs";
import { fromRoot } from "./lib/root.mjs";
import { exitWith, run, step } from "./lib/step.mjs";
import { wheel } from "./wheel.mjs";

/**
 * The wheel in a folder of its own rather than in the venv, so that a test never imports a converter built from other
 * sources.
 * @param {string} file
 */
async function install(file) {
  const folder = `${path.dirname(file)}/site`;
  if (existsSync(folder)) return folder;
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-index"];
  await run(inVenv(fromRoot(".venv")), [...pip, "--target", `${folder}.tmp`, file]);
  await fs.rename(`${folder}.tmp`, folder);
  return folder;
}

/** @param {string} python @param {string} site */
async function pytest(python, site) {
  await run(python, ["-m", "pytest", fromRoot("glue/tests"), ...process.argv.slice(2)], {
    show: true,
    env: { ...process.env, PYTHONPATH: site },
  });
}

await exitWith(async () => {
  const site = await install(await wheel());
  const venv = fromRoot(".venv");
  await step("Converter tests", () => pytest(inVenv(venv), site));

  const python39 = process.env.PYTHON39;
  if (!python39) {
    console.error("  - The same on Python 3.9 is SKIPPED: $PYTHON39 does not name one");
    return;
  }
  const folder = fromRoot(".local/venv-python39");
  const requirements = [fromRoot("glue/requirements-test.txt")];
  await ensureVenv({ folder, requirements, title: "Python 3.9 packages", python: python39 });
  await step("Converter tests on Python 3.9", () => pytest(inVenv(folder), site));
});
