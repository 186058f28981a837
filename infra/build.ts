import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

/** Runs a Node script and returns its standard output. Its progress goes to standard error. */
async function node(script: string, args: string[], environment: NodeJS.ProcessEnv = {}) {
  const running = spawn(process.execPath, [script, ...args], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [printed, [code]] = await Promise.all([text(running.stdout), once(running, "close")]);
  if (code !== 0) throw new Error(`${script} ended with exit code ${code}`);
  return printed;
}

/** Builds the converter's wheel for Glue if its sources changed, which takes minutes the first time. @returns its path */
export async function buildWheel(): Promise<string> {
  const printed = await node("scripts/wheel.mjs", ["--glue"]);
  const path = printed.trim().split("\n").at(-1);
  if (!path?.endsWith(".whl")) throw new Error(`scripts/wheel.mjs printed no wheel:\n${printed}`);
  return path;
}

const docs = "packages/functions/src/docs/build.ts";

/** Builds the dashboard, with these variables, and the API's documentation. @returns the folder of their files, relative to the project */
export async function buildDashboard(environment: Record<string, string>): Promise<string> {
  const folder = "packages/web/dist";
  const vite = "node_modules/vite/bin/vite.js";
  await node(vite, ["build", "packages/web", "--logLevel", "warn"], environment);
  await node(docs, [folder]);
  return folder;
}

/** Builds the API's documentation only. @returns the folder of its files, relative to the project */
export async function buildDocs(dashboard: string): Promise<string> {
  const folder = "packages/functions/dist";
  await node(docs, [folder, dashboard]);
  return folder;
}
