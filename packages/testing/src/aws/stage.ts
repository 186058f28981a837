import { randomUUID } from "node:crypto";
import path from "node:path";
import { startGlue } from "@unparquet/local/glue/endpoint";
import { environmentCredentials } from "@unparquet/local/lib/credentials";
import { ensureStage, linkEnvironment } from "@unparquet/local/resources";
import { afterAll, inject } from "vitest";
import { converter } from "./converter.ts";
import { deliver } from "./delivery.ts";

// Vitest setup file: gives each test file its own buckets, table, Glue endpoint and environment variables, so that test files
// do not see each other's jobs or events.
const { environment, folder, assets } = inject("suite");
Object.assign(process.env, environment);

const id = randomUUID().slice(0, 8);
const stage = {
  inputBucket: `unparquet-test-${id}-input`,
  outputBucket: `unparquet-test-${id}-output`,
  jobTable: `unparquet-test-${id}-jobs`,
  glueJob: `unparquet-test-${id}-converter`,
};
const glue = await startGlue({
  folder: path.join(folder, `glue-${id}`),
  downloads: path.join(folder, "downloads"),
  port: 0,
  sink: deliver,
  credentials: environmentCredentials(process.env),
  minute: 1_000,
  patience: 2_000,
  environment: () => converter.environment,
});
process.env.AWS_ENDPOINT_URL_GLUE = glue.url;
Object.assign(process.env, linkEnvironment(stage));
await ensureStage(stage, assets, { sstDefaults: process.env.UNPARQUET_TEST_PEERS === undefined });

afterAll(() => glue.stop());
