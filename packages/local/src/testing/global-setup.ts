import path from "node:path";
import getPort from "get-port";
import { startMinistack } from "../aws/ministack.ts";
import { awsEnvironment } from "../credentials.ts";
import { setUpSuite } from "./suite.ts";

/** Vitest's global setup: one embedded S3 and DynamoDB for all test files. */
export default async function setup(): Promise<() => Promise<void>> {
  // One suite may have several projects with this setup.
  if (process.env.UNPARQUET_TEST_FOLDER) return async () => undefined;
  return setUpSuite(async (folder, credentials) => {
    const aws = await startMinistack({
      folder: path.join(folder, "aws"),
      port: await getPort({ host: "127.0.0.1" }),
      credentials,
      anyClock: true,
    });
    return { environment: awsEnvironment({ aws: aws.url }, credentials), stop: aws.stop };
  });
}
