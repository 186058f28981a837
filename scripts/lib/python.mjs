import { existsSync } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { hash } from "./hash.mjs";
import { root } from "./root.mjs";
import { run, SetupError, step } from "./step.mjs";

/** Required by ministack, the embedded S3 and DynamoDB. The converter itself runs on 3.9. */
const MINIMUM = [3, 10];

/**
 * Path of a command in a virtual environment.
 * @param {string} folder
 */
export function inVenv(folder, command = "python") {
  return path.join(folder, "bin", command);
}

/** Finds the first Python on the PATH that is new enough. */
export async function findPython() {
  const seen = [];
  for (const command of ["python3", "python"]) {
    const code = "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.executable)";
    const output = await run(command, ["-c", code]).catch(() => undefined);
    if (output === undefined) continue;
    const [version = "", executable = ""] = output.trim().split("\n");
    const [major = 0, minor = 0] = version.split(".").map(Number);
    if (major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1])) return executable;
    seen.push(`${command} is Python ${version}`);
  }
  const found = seen.length > 0 ? seen.join(", ") : "there is no Python on the PATH";
  throw new SetupError(`Python ${MINIMUM.join(".")} or newer is required, but ${found}.`);
}

/** @param {string} folder */
async function create(folder) {
  const interpreter = await findPython();
  await run(interpreter, ["-m", "venv", "--clear", folder]).catch((error) => {
    throw new SetupError(
      `${error.message}\n\n${interpreter} cannot create a virtual environment. On Debian and Ubuntu: apt install python3-venv`,
    );
  });
}

/**
 * Compares requirements files with the note in a virtual environment.
 * @param {string} folder
 * @param {string[]} requirements
 */
async function compare(folder, requirements) {
  const note = path.join(folder, "installed.json");
  const noted = existsSync(inVenv(folder)) ? await fs.readFile(note, "utf8").catch(() => "") : "";
  /** @type {Record<string, string>} */
  const installed = noted ? JSON.parse(noted) : {};
  /** @type {Record<string, string>} */
  const lists = {};
  for (const file of requirements) lists[path.relative(root, file)] = hash(await fs.readFile(file, "utf8"));
  const missing = Object.keys(lists).filter((file) => installed[file] !== lists[file]);
  return { note, exists: noted !== "", missing, updated: { ...installed, ...lists } };
}

/**
 * Whether `ensureVenv` has installed the requirements files, as they are now, into a virtual environment.
 * @param {{ folder: string, requirements: string[] }} options
 */
export async function isInstalled({ folder, requirements }) {
  return (await compare(folder, requirements)).missing.length === 0;
}

/**
 * Installs the requirements files, each a complete list of exact versions, into a virtual environment. Writes a note last: a
 * venv without it was interrupted and is created again.
 * @param {{ folder: string, requirements: string[], title: string }} options
 */
export async function ensureVenv({ folder, requirements, title }) {
  const { note, exists, missing, updated } = await compare(folder, requirements);
  if (missing.length === 0) return;
  await step(`${title}: ${missing.join(", ")} into ${path.relative(root, folder)}`, async () => {
    await fs.rm(note, { force: true });
    if (!exists) await create(folder);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    await run(inVenv(folder), [...pip, ...missing.flatMap((file) => ["-r", path.join(root, file)])]);
    await fs.writeFile(note, JSON.stringify(updated, null, 2));
  });
}
