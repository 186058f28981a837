import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

/** Runs a Node script and returns its standard output. Its progress goes to standard error. */
async function node(script: string, ...args: string[]) {
  const running = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const [printed, [code]] = await Promise.all([text(running.stdout), once(running, "close")]);
  if (code !== 0) throw new Error(`${script} ended with exit code ${code}`);
  return printed;
}

/** Builds the converter's wheel for Glue if its sources changed, which takes minutes the first time. @returns its path */
export async function buildWheel(): Promise<string> {
  const printed = await node("scripts/wheel.mjs", "--glue");
  const path = printed.trim().split("\n").at(-1);
  if (!path?.endsWith(".whl")) throw new Error(`scripts/wheel.mjs printed no wheel:\n${printed}`);
  return path;
}

/** Builds the dashboard. @returns its folder, relative to the project */
export async function buildDashboard(): Promise<string> {
  await node("node_modules/vite/bin/vite.js", "build", "packages/web", "--logLevel", "warn");
  return "packages/web/dist";
}
