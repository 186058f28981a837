import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { type Credentials, createCredentials } from "@unparquet/local/lib/credentials";
import { hostWheel } from "@unparquet/local/lib/paths";
import { type Assets, uploadAssets } from "@unparquet/local/resources";
import type { TestProject } from "vitest/node";

/** The AWS services of a test suite. */
interface Aws {
  /** Environment variables of its clients. */
  environment: Record<string, string>;
  stop: () => Promise<unknown>;
}

/** What a suite provides to its test files. */
interface Suite {
  environment: Aws["environment"];
  folder: string;
  assets: Assets;
}

declare module "vitest" {
  interface ProvidedContext {
    suite: Suite;
  }
}

/**
 * Starts an AWS in a temporary folder for all test files of a project, uploads the Glue job's script and wheel, and provides
 * both as `suite`, because environment variables would reach the tests of every project. Resolves with its teardown function.
 */
export async function setUpSuite(
  project: TestProject,
  start: (folder: string, credentials: Credentials) => Promise<Aws>,
): Promise<() => Promise<void>> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "unparquet-test-"));
  const { environment, stop } = await start(folder, createCredentials());
  const own = process.env;
  process.env = { ...own, ...environment };
  const sstDefaults = environment.UNPARQUET_TEST_PEERS === undefined;
  const assets = await uploadAssets("unparquet-test-assets", await hostWheel(), { sstDefaults });
  process.env = own;
  project.provide("suite", { environment, folder, assets });
  return async () => {
    await stop();
    await fs.rm(folder, { recursive: true, force: true });
  };
}
