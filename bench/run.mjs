// npm run bench [-- --rounds N --shapes lineitem …]: compares unparquet with pinned versions of other converters.
// `-- --help` lists the options.
import fs from "node:fs/promises";
import path from "node:path";
import { ensureVenv, inVenv } from "../scripts/lib/python.mjs";
import { fromRoot } from "../scripts/lib/root.mjs";
import { exitWith, run, step } from "../scripts/lib/step.mjs";
import { ensureSpark } from "../scripts/spark.mjs";
import { wheel } from "../scripts/wheel.mjs";

const venv = fromRoot(".local/venv-bench");

/** Builds the arrow-rs program. Without Rust, the tables show that it could not be started. */
async function buildArrowRs() {
  const crate = ["--manifest-path", fromRoot("bench/arrow-rs/Cargo.toml")];
  const target = ["--target-dir", fromRoot(".local/bench-arrow-rs")];
  await step("arrow-rs", () => run("cargo", ["build", "--release", "--locked", ...crate, ...target])).catch(
    (error) => console.error(error.message),
  );
}

/** Installs the npm readers of the conformance page in their own folder. */
async function installReaders() {
  const source = fromRoot("bench/conformance");
  const folder = fromRoot(".local/bench-conformance");
  const lock = await fs.readFile(path.join(source, "package-lock.json"), "utf8");
  const installed = path.join(folder, "node_modules/installed-lock.json");
  if ((await fs.readFile(installed, "utf8").catch(() => "")) === lock) return;
  await fs.mkdir(folder, { recursive: true });
  for (const name of ["package.json", "package-lock.json"]) {
    await fs.copyFile(path.join(source, name), path.join(folder, name));
  }
  await step("hyparquet", () => run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: folder }));
  await fs.writeFile(installed, lock);
}

const conformance = process.argv.includes("conformance");
const spark = process.argv.includes("spark");

await exitWith(async () => {
  const requirements = ["bench/requirements.txt", "packages/local/requirements.txt"];
  if (conformance) requirements.push("bench/conformance/requirements.txt");
  await ensureVenv({
    folder: venv,
    requirements: requirements.map((file) => fromRoot(file)),
    title: "Other converters",
  });
  if (conformance) await installReaders();
  else if (!spark) await buildArrowRs();
  const file = await wheel();
  await step(`unparquet (${path.basename(file)})`, () =>
    run(inVenv(venv), ["-m", "pip", "install", "--quiet", "--no-deps", "--force-reinstall", file]),
  );
  const env = { ...process.env, ...(spark && { SPARK_PYTHON: await ensureSpark(), WHEEL: file }) };
  await run(inVenv(venv), [fromRoot("bench/compare.py"), ...process.argv.slice(2)], { show: true, env });
});
