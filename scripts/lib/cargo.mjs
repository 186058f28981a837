import { fromRoot } from "./root.mjs";
import { run } from "./step.mjs";

/**
 * Runs cargo in the converter's workspace, with rustdoc's warnings as errors.
 * @param {string[]} args
 */
export function cargo(...args) {
  return run("cargo", args, {
    cwd: fromRoot("glue/crates"),
    env: { ...process.env, RUSTDOCFLAGS: "-D warnings" },
  });
}

/**
 * Options for the workspace `fuzz` or `benches`, which share the converter's built dependencies.
 * @param {string} folder
 */
export function beside(folder) {
  return ["--manifest-path", `../${folder}/Cargo.toml`, "--target-dir", "target", "--locked"];
}
