import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";

/** @param {string[]} parts */
export function hash(...parts) {
  return createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 16);
}

/**
 * Hashes the paths and contents of all files in a folder.
 * @param {string} folder
 * @param {(name: string) => boolean} ignore called with the name of each file and folder
 */
export async function hashFolder(folder, ignore) {
  const sum = createHash("sha256");
  const walk = async (/** @type {string} */ current) => {
    const entries = await fs.readdir(current, { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (ignore(entry.name)) continue;
      const file = path.join(current, entry.name);
      if (entry.isDirectory()) await walk(file);
      else if (entry.isFile()) {
        const content = await fs.readFile(file);
        sum.update(`${path.relative(folder, file)}\0${content.length}\0`).update(content);
      }
    }
  };
  await walk(folder);
  return sum.digest("hex").slice(0, 16);
}
