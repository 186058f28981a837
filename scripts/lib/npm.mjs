import { existsSync } from "node:fs";
import fs from "node:fs/promises";
import { fromRoot } from "./root.mjs";
import { run, step } from "./step.mjs";

/** @param {string} file @returns {Promise<Record<string, { version?: string, optional?: boolean, devOptional?: boolean }>>} */
const packagesOf = async (file) => JSON.parse(await fs.readFile(file, "utf8")).packages;

/**
 * Whether node_modules matches package-lock.json. npm writes node_modules/.package-lock.json last, so an interrupted installation
 * has none. Optional packages for other platforms may be absent.
 */
async function installed() {
  const note = fromRoot("node_modules/.package-lock.json");
  if (!existsSync(note) || !existsSync(fromRoot("node_modules/.bin"))) return false;
  const [wanted, present] = await Promise.all([packagesOf(fromRoot("package-lock.json")), packagesOf(note)]);
  return Object.entries(wanted).every(([name, entry]) => {
    const found = present[name];
    if (name === "") return true;
    if (found === undefined) return entry.optional === true || entry.devOptional === true;
    return found.version === entry.version && existsSync(fromRoot(name));
  });
}

export async function ensureNodeModules() {
  if (await installed()) return;
  await step("Node packages: npm ci", () =>
    run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]),
  );
}
