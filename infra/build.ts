import { execFile } from "node:child_process";
import { promisify } from "node:util";

const node = (script: string, ...args: string[]) => promisify(execFile)(process.execPath, [script, ...args]);

/** Path of the converter's wheel for Glue's Linux. Built when the sources changed: minutes the first time. */
export async function buildWheel(): Promise<string> {
  const { stdout } = await node("scripts/wheel.mjs", "--glue");
  const path = stdout.trim().split("\n").at(-1);
  if (!path?.endsWith(".whl")) throw new Error(`scripts/wheel.mjs printed no wheel:\n${stdout}`);
  return path;
}

/** Builds the dashboard. @returns the folder of its files, relative to the project */
export async function buildDashboard(): Promise<string> {
  await node("node_modules/vite/bin/vite.js", "build", "packages/web", "--logLevel", "warn");
  return "packages/web/dist";
}
