import { fromRoot } from "./root.mjs";
import { run } from "./step.mjs";

/** Runs cargo on the converter's workspace. Warnings of rustdoc are errors. */
export const cargo = (/** @type {string[]} */ ...args) =>
  run("cargo", args, {
    cwd: fromRoot("glue/crates"),
    env: { ...process.env, RUSTDOCFLAGS: "-D warnings" },
  });

/**
 * Options for a workspace beside the converter's: `fuzz` or `benches`. It shares the dependencies that are built there.
 * @param {string} folder
 */
export const beside = (folder) => [
  "--manifest-path",
  `../${folder}/Cargo.toml`,
  "--target-dir",
  "target",
  "--locked",
];
