import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "");

/** @param {string[]} parts */
export function fromRoot(...parts) {
  return path.join(root, ...parts);
}
