import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startMinistack } from "@unparquet/local/aws/ministack";
import { startGlue } from "@unparquet/local/glue/endpoint";
import { awsEnvironment, createCredentials } from "@unparquet/local/lib/credentials";
import { freePort } from "@unparquet/local/lib/free-port";
import { ensureStage, linkEnvironment } from "@unparquet/local/resources";

const stage = {
  inputBucket: "bench-input",
  outputBucket: "bench-output",
  jobTable: "bench-jobs",
  glueJob: "bench-converter",
};

/**
 * Starts the emulated AWS with an empty stage and points this process to it; Glue is a script that runs nothing.
 * `environment()` returns the environment of the stage's functions.
 */
export async function startAws() {
  const folder = await mkdtemp(join(tmpdir(), "unparquet-bench-"));
  const credentials = createCredentials();
  const port = await freePort();
  const aws = await startMinistack({ folder: join(folder, "aws"), port, credentials });
  Object.assign(process.env, awsEnvironment({ aws: aws.url }, credentials), linkEnvironment(stage));
  const local = await startGlue({
    folder: join(folder, "glue"),
    port: 0,
    sink: async () => undefined,
    credentials,
  });
  process.env.AWS_ENDPOINT_URL_GLUE = local.url;
  await ensureStage(stage, {
    script: "s3://bench/job.py",
    sparkScript: "s3://bench/spark_job.py",
    wheel: "s3://bench/unparquet.whl",
  });
  await local.stop();
  const { startScriptedGlue } = await import("@unparquet/testing/glue/scripted-glue");
  const glue = await startScriptedGlue();
  return {
    folder,
    glue,
    environment: () => ({
      ...linkEnvironment(stage),
      ...awsEnvironment({ aws: aws.url, glue: process.env.AWS_ENDPOINT_URL_GLUE ?? "" }, credentials),
    }),
    stop: async () => {
      await glue.close();
      await aws.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
