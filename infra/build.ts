import { execFile } from "node:child_process";
import { promisify } from "node:util";

async function node(script: string, ...args: string[]) {
  const running = promisify(execFile)(process.execPath, [script, ...args]);
  // Where the script says what takes so long.
  running.child.stderr?.pipe(process.stderr);
  return (await running).stdout;
}

/** Path of the converter's wheel for Glue's Linux. Built when its sources have changed: minutes the first time. */
export async function buildWheel(): Promise<string> {
  const printed = await node("scripts/wheel.mjs", "--glue");
  const path = printed.trim().split("\n").at(-1);
  if (!path?.endsWith(".whl")) throw new Error(`scripts/wheel.mjs printed no wheel:\n${printed}`);
  return path;
}

/** Builds the dashboard. @returns the folder of its files, relative to the project */
export async function buildDashboard(): Promise<string> {
  await node("node_modules/vite/bin/vite.js", "build", "packages/web", "--logLevel", "warn");
  return "packages/web/dist";
}
