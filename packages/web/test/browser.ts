import fs from "node:fs/promises";
import path from "node:path";
import { type Browser, chromium } from "playwright-core";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

async function isExecutable(file: string): Promise<boolean> {
  return fs.access(file, fs.constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** The Chromium that CHROMIUM names, otherwise the first on the PATH. */
export async function findChromium(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const folders = env.PATH?.split(path.delimiter) ?? [];
  const candidates = env.CHROMIUM
    ? [env.CHROMIUM]
    : names.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  for (const candidate of candidates) {
    if (await isExecutable(candidate)) return candidate;
  }
  return undefined;
}

/** Headless, with a profile of its own, and without the calls home that a browser makes. */
export function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
