import path from "node:path";
import { startMinistack } from "@unparquet/local/aws/ministack";
import { awsEnvironment } from "@unparquet/local/lib/credentials";
import { freePort } from "@unparquet/local/lib/free-port";
import type { TestProject } from "vitest/node";
import { setUpSuite } from "./suite.ts";

/** Vitest's global setup: one embedded S3 and DynamoDB for all test files. */
export default function setup(project: TestProject): Promise<() => Promise<void>> {
  return setUpSuite(project, async (folder, credentials) => {
    const aws = await startMinistack({
      folder: path.join(folder, "aws"),
      port: await freePort(),
      credentials,
      script: path.join(import.meta.dirname, "serve.py"),
    });
    return { environment: awsEnvironment({ aws: aws.url }, credentials), stop: aws.stop };
  });
}
