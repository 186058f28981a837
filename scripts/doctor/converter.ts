import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { error, type Finding, ok, warning } from "./finding.ts";

const root = join(import.meta.dirname, "../..");

/** Checks that the converter's wheel is built or can be built. */
export async function checkConverter(): Promise<Finding> {
  try {
    const script = join(root, "scripts/wheel.mjs");
    const { stdout } = await promisify(execFile)(process.execPath, [script, "--glue", "--check"]);
    const found = stdout.trim();
    if (found === "wheel") return ok("Converter: its wheel is built");
    if (found === "rust") return ok("Converter: its wheel is built first, which takes minutes");
    return warning(
      "Rust is missing: building the converter fetches it, which takes minutes and a few hundred MB, unless you install it from https://rustup.rs.",
    );
  } catch (thrown) {
    const said =
      thrown instanceof Error && "stderr" in thrown ? String(thrown.stderr).trim() : String(thrown);
    return error(`The converter cannot be built (${said.replace(/\.$/, "")}): install what is missing.`);
  }
}
