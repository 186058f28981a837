import path from "node:path";
import { awsEnvironment } from "@unparquet/local/lib/credentials";
import { freePort } from "@unparquet/local/lib/free-port";
import type { TestProject } from "vitest/node";
import { setUpSuite } from "../aws/suite.ts";
import { startMoto } from "./moto.ts";
import { startVersitygw } from "./versitygw.ts";

/**
 * Vitest global setup of `npm run test:peers`: the stage of the other tests, but with versitygw as S3 and moto as DynamoDB and
 * EventBridge.
 */
export default function setup(project: TestProject): Promise<() => Promise<void>> {
  return setUpSuite(project, async (folder, credentials) => {
    const s3 = await startVersitygw(path.join(folder, "s3"), await freePort(), credentials);
    const moto = await startMoto(folder, await freePort()).catch(async (error: unknown) => {
      await s3.stop();
      throw error;
    });
    return {
      environment: {
        ...awsEnvironment({ aws: moto.url }, credentials),
        AWS_ENDPOINT_URL_S3: s3.url,
        UNPARQUET_TEST_PEERS: "versitygw moto",
      },
      stop: () => Promise.all([s3.stop(), moto.stop()]),
    };
  });
}
