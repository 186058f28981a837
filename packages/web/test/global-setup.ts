import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";
import { buildDashboard } from "./built.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Folder of the dashboard and the API's documentation, built as for a deployment. */
    built: string;
  }
}

/** Vitest's global setup: builds the dashboard once for all test files. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "unparquet-built-"));
  const removeFolder = () => fs.rm(folder, { recursive: true });
  // A function finds it in its task's folder by this name.
  const built = path.join(folder, "dashboard");
  try {
    await buildDashboard(built);
  } catch (error) {
    await removeFolder();
    throw error;
  }
  project.provide("built", built);
  return removeFolder;
}
