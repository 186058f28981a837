import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { root } from "./paths.ts";

/** Path of the converter's wheel for this machine; built now when its sources have changed since. */
export async function hostWheel(): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [path.join(root, "scripts/wheel.mjs")], {
    cwd: root,
  });
  return stdout.trim();
}
