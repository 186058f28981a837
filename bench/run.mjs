// npm run bench [-- --rounds N --shapes lineitem …]: unparquet beside other converters, at pinned versions, in an environment of
// their own. `-- --help` says the rest.
import path from "node:path";
import { ensureVenv, inVenv } from "../scripts/lib/python.mjs";
import { fromRoot } from "../scripts/lib/root.mjs";
import { exitWith, run, step } from "../scripts/lib/step.mjs";
import { wheel } from "../scripts/wheel.mjs";

const venv = fromRoot(".local/venv-bench");

/** The arrow-rs crates as a program. Without Rust the tables say that it could not be started. */
async function buildArrowRs() {
  const crate = ["--manifest-path", fromRoot("bench/arrow-rs/Cargo.toml")];
  const target = ["--target-dir", fromRoot(".local/bench-arrow-rs")];
  await step("arrow-rs", () => run("cargo", ["build", "--release", "--locked", ...crate, ...target])).catch(
    (error) => console.error(error.message),
  );
}

await exitWith(async () => {
  await ensureVenv({
    folder: venv,
    requirements: [fromRoot("bench/requirements.txt"), fromRoot("packages/local/requirements.txt")],
    title: "Other converters",
  });
  await buildArrowRs();
  const file = await wheel();
  await step(`unparquet (${path.basename(file)})`, () =>
    run(inVenv(venv), ["-m", "pip", "install", "--quiet", "--no-deps", "--force-reinstall", file]),
  );
  await run(inVenv(venv), [fromRoot("bench/compare.py"), ...process.argv.slice(2)], { show: true });
});
