// node scripts/check-glue.mjs [--fix]: formatting, lints and unit tests of the Python and Rust code.
import { inVenv } from "./lib/python.mjs";
import { fromRoot } from "./lib/root.mjs";
import { exitWith, run, step } from "./lib/step.mjs";
import { checkCommitted } from "./wasm.mjs";

const fix = process.argv.includes("--fix");
const ruff = (/** @type {string[]} */ ...args) => run(inVenv(fromRoot(".venv"), "ruff"), [...args, "."]);
const cargo = (/** @type {string[]} */ ...args) =>
  run("cargo", args, {
    cwd: fromRoot("glue/crates"),
    env: { ...process.env, RUSTDOCFLAGS: "-D warnings" },
  });
/** The fuzz target and the micro-benchmarks are workspaces of their own, and share the dependencies built here. */
const others = ["fuzz", "benches"].map((folder) => ["--manifest-path", `../${folder}/Cargo.toml`]);

const hasCargo = () =>
  cargo("--version").then(
    () => true,
    () => false,
  );

await exitWith(async () => {
  await step("ruff check", () => ruff("check", ...(fix ? ["--fix"] : [])));
  await step("ruff format", () => ruff("format", ...(fix ? [] : ["--check"])));
  await step("WebAssembly module", checkCommitted);
  if (!(await hasCargo())) {
    console.error(
      "  - rustfmt, clippy and cargo test are SKIPPED: cargo is not on the PATH (https://rustup.rs)",
    );
    return;
  }
  const check = fix ? [] : ["--check"];
  await step("cargo fmt", async () => {
    await cargo("fmt", ...check);
    for (const manifest of others) await cargo("fmt", ...manifest, ...check);
  });
  await step("cargo clippy", async () => {
    const lints = ["--all-targets", "--", "-D", "warnings"];
    await cargo("clippy", ...lints);
    for (const manifest of others)
      await cargo("clippy", ...manifest, "--target-dir", "target", "--locked", ...lints);
  });
  await step("cargo doc", () => cargo("doc", "--no-deps"));
  await step("cargo test", () => cargo("test"));
});
