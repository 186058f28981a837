import { randomUUID } from "node:crypto";
import path from "node:path";
import { startGlue } from "@unparquet/local/glue/endpoint";
import { environmentCredentials } from "@unparquet/local/lib/credentials";
import { ensureStage, linkEnvironment } from "@unparquet/local/resources";
import { afterAll, inject } from "vitest";
import { converter } from "./converter.ts";
import { deliver } from "./delivery.ts";

// A Vitest setup file: before each test file, fresh buckets, a table, a Glue endpoint with its job, and the environment a
// function of that stage has. So that test files neither see each other's jobs nor each other's events.
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
  patience: 2_000,
  environment: () => converter.environment,
});
process.env.AWS_ENDPOINT_URL_GLUE = glue.url;
Object.assign(process.env, linkEnvironment(stage));
await ensureStage(stage, assets, { sstDefaults: process.env.UNPARQUET_TEST_PEERS === undefined });

afterAll(() => glue.stop());
