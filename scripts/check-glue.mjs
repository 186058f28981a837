// node scripts/check-glue.mjs [--fix]: checks format, lints and unit tests of the Python and Rust code.
import { beside, cargo } from "./lib/cargo.mjs";
import { inVenv } from "./lib/python.mjs";
import { fromRoot } from "./lib/root.mjs";
import { exitWith, hasCommand, run, step } from "./lib/step.mjs";
import { checkCommitted } from "./wasm.mjs";

const fix = process.argv.includes("--fix");
const ruff = (/** @type {string[]} */ ...args) => run(inVenv(fromRoot(".venv"), "ruff"), [...args, "."]);

await exitWith(async () => {
  await step("ruff check", () => ruff("check", ...(fix ? ["--fix"] : [])));
  await step("ruff format", () => ruff("format", ...(fix ? [] : ["--check"])));
  await step("WebAssembly module", checkCommitted);
  if (!(await hasCommand("cargo"))) {
    console.error(
      "  - rustfmt, clippy and cargo test are SKIPPED: cargo is not on the PATH (https://rustup.rs)",
    );
    return;
  }
  const others = ["fuzz", "benches"];
  const check = fix ? [] : ["--check"];
  await step("cargo fmt", async () => {
    await cargo("fmt", ...check);
    for (const folder of others) await cargo("fmt", "--manifest-path", `../${folder}/Cargo.toml`, ...check);
  });
  await step("cargo clippy", async () => {
    const lints = ["--all-targets", "--", "-D", "warnings"];
    await cargo("clippy", ...lints);
    for (const folder of others) await cargo("clippy", ...beside(folder), ...lints);
  });
  await step("cargo doc", () => cargo("doc", "--no-deps"));
  await step("cargo test", () => cargo("test"));
});
