import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { type Credentials, createCredentials } from "../credentials.ts";
import { uploadAssets } from "../resources.ts";
import { hostWheel } from "../wheel.ts";

/** The AWS that the tests of a suite use. */
interface Aws {
  /** What its clients have in their environment. */
  environment: Record<string, string>;
  stop: () => Promise<unknown>;
}

/**
 * Starts an AWS in a temporary folder for all test files of a suite, with the Glue job's script and wheel in its S3.
 * testing/stage.ts makes the rest for each file. Resolves with what ends it.
 */
export async function setUpSuite(
  start: (folder: string, credentials: Credentials) => Promise<Aws>,
): Promise<() => Promise<void>> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "unparquet-test-"));
  const aws = await start(folder, createCredentials());
  Object.assign(process.env, aws.environment, { UNPARQUET_TEST_FOLDER: folder });
  const sstDefaults = process.env.UNPARQUET_TEST_PEERS === undefined;
  const assets = await uploadAssets("unparquet-test-assets", await hostWheel(), { sstDefaults });
  process.env.UNPARQUET_TEST_ASSETS = JSON.stringify(assets);
  return async () => {
    await aws.stop();
    await fs.rm(folder, { recursive: true, force: true });
    delete process.env.UNPARQUET_TEST_FOLDER;
  };
}
