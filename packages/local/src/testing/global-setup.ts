import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import getPort from "get-port";
import { startMinistack } from "../aws/ministack.ts";
import { awsEnvironment, createCredentials } from "../credentials.ts";
import { uploadAssets } from "../resources.ts";
import { hostWheel } from "../wheel.ts";

/**
 * Vitest's global setup: one embedded S3 and DynamoDB in a temporary folder for all test files, with the Glue job's script
 * and wheel in it. testing/stage.ts makes the rest for each file.
 */
export default async function setup(): Promise<() => Promise<void>> {
  // One suite may have several projects with this setup.
  if (process.env.UNPARQUET_TEST_FOLDER) return async () => undefined;
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "unparquet-test-"));
  const credentials = createCredentials();
  const aws = await startMinistack({
    folder: path.join(folder, "aws"),
    port: await getPort({ host: "127.0.0.1" }),
    credentials,
    anyClock: true,
  });
  Object.assign(process.env, awsEnvironment({ aws: aws.url }, credentials), {
    UNPARQUET_TEST_FOLDER: folder,
  });
  const assets = await uploadAssets("unparquet-test-assets", await hostWheel());
  process.env.UNPARQUET_TEST_ASSETS = JSON.stringify(assets);
  return async () => {
    await aws.stop();
    await fs.rm(folder, { recursive: true, force: true });
    delete process.env.UNPARQUET_TEST_FOLDER;
  };
}
