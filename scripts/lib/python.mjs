import { existsSync } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { hash } from "./hash.mjs";
import { root } from "./root.mjs";
import { run, SetupError, step } from "./step.mjs";

/** ministack, the embedded S3 and DynamoDB, asks for this version. The converter itself runs on 3.9. */
const MINIMUM = [3, 10];

/**
 * The interpreter of a virtual environment, or another command in it.
 * @param {string} folder
 */
export const inVenv = (folder, command = "python") => path.join(folder, "bin", command);

/** The first Python on the path that is new enough. */
async function findPython() {
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
  const found = seen.length > 0 ? seen.join(", ") : "there is none on the PATH";
  throw new SetupError(`Python ${MINIMUM.join(".")} or newer is needed, and ${found}.`);
}

/** @param {string} folder @param {string | undefined} python */
async function create(folder, python) {
  const interpreter = python ?? (await findPython());
  await run(interpreter, ["-m", "venv", "--clear", folder]).catch((error) => {
    throw new SetupError(
      `${error.message}\n\n${interpreter} cannot make a virtual environment. On Debian and Ubuntu: apt install python3-venv`,
    );
  });
}

/**
 * Makes the virtual environment hold the packages of the requirements files, each a complete list of exact versions.
 * What was installed is noted last, in a stamp: a venv without one was interrupted and is made anew.
 * @param {{ folder: string, requirements: string[], title: string, python?: string }} options
 */
export async function ensureVenv({ folder, requirements, title, python }) {
  const stampFile = path.join(folder, "installed.json");
  const exists = existsSync(inVenv(folder));
  /** @type {Record<string, string>} */
  const installed = exists ? JSON.parse(await fs.readFile(stampFile, "utf8").catch(() => "{}")) : {};
  /** @type {Record<string, string>} */
  const wanted = {};
  for (const file of requirements) {
    wanted[path.relative(root, file)] = hash(await fs.readFile(file, "utf8"));
  }
  const missing = Object.keys(wanted).filter((file) => installed[file] !== wanted[file]);
  if (missing.length === 0) return;
  await step(`${title}: ${missing.join(", ")} into ${path.relative(root, folder)}`, async () => {
    const fresh = Object.keys(installed).length === 0;
    await fs.rm(stampFile, { force: true });
    if (fresh) await create(folder, python);
    const files = (fresh ? requirements : missing.map((file) => path.join(root, file))).flatMap((file) => [
      "-r",
      file,
    ]);
    await run(inVenv(folder), ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...files]);
    await fs.writeFile(stampFile, JSON.stringify({ ...installed, ...wanted }, null, 2));
  });
}
