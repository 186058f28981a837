// npm run audit [-- --strict]: looks up every package of the lock files in the advisories of npm, RustSec and PyPI. Exit code 1:
// advisories of at least moderate severity. 2: nothing could be checked, or with --strict not everything.
import { existsSync } from "node:fs";
import fs from "node:fs/promises";
import { foreground } from "./lib/foreground.mjs";
import { ensureVenv, inVenv } from "./lib/python.mjs";
import { fromRoot } from "./lib/root.mjs";
import { exitWith, hasCommand, run, SetupError, step } from "./lib/step.mjs";
import { setupNode } from "./setup.mjs";

const CARGO_AUDIT = "0.22.2";
const DATABASE = "https://github.com/RustSec/advisory-db.git";

/**
 * The argument with a tool's path, or with the reason why it is missing: the other databases are still checked.
 * @param {string} name
 * @param {() => Promise<string>} find
 */
async function tool(name, find) {
  try {
    return [`--${name}`, await find()];
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return [`--${name}-missing`, error.message.trim().split("\n")[0] ?? ""];
  }
}

async function pipAudit() {
  const folder = fromRoot(".local/venv-audit");
  const requirements = [fromRoot("scripts/audit/requirements.txt")];
  await ensureVenv({ folder, requirements, title: "Audit of Python packages" });
  return inVenv(folder, "pip-audit");
}

async function cargoAudit() {
  const folder = fromRoot(`.local/cargo-audit-${CARGO_AUDIT}`);
  const command = `${folder}/bin/cargo-audit`;
  if (existsSync(command)) return command;
  if (!(await hasCommand("cargo"))) throw new SetupError("cargo is not on the PATH (https://rustup.rs)");
  // Fails early when the database is unreachable: building the tool takes minutes.
  await run("git", ["ls-remote", DATABASE, "HEAD"], { env: { ...process.env, GIT_TERMINAL_PROMPT: "0" } });
  await step(`cargo-audit ${CARGO_AUDIT}`, async () => {
    await fs.rm(`${folder}.tmp`, { recursive: true, force: true });
    const version = ["--version", CARGO_AUDIT];
    await run("cargo", [
      "install",
      "--quiet",
      "--locked",
      ...version,
      "--root",
      `${folder}.tmp`,
      "cargo-audit",
    ]);
    await fs.rename(`${folder}.tmp`, folder);
  });
  return command;
}

await exitWith(async () => {
  await setupNode();
  process.exitCode = await foreground(fromRoot("node_modules/.bin/node"), [
    fromRoot("scripts/audit/main.ts"),
    ...(await tool("pip-audit", pipAudit)),
    ...(await tool("cargo-audit", cargoAudit)),
    ...process.argv.slice(2),
  ]);
});
