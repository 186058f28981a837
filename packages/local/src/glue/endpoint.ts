import { availableParallelism } from "node:os";
import path from "node:path";
import { S3Client } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { Credentials } from "../lib/credentials.ts";
import { python, sparkPython } from "../lib/paths.ts";
import { serve } from "../lib/serve.ts";
import { glueApp } from "./app.ts";
import type { Sink } from "./events.ts";
import { Files } from "./files.ts";
import { Runner } from "./runner.ts";
import type { SparkOptions } from "./spark.ts";
import { Store } from "./store.ts";

export interface GlueEndpoint {
  url: string;
  /** Stops listening, ends the runs' processes and writes everything to disk. */
  stop: () => Promise<void>;
}

export interface GlueOptions {
  /** State, logs and downloads, which the next start continues with. */
  folder: string;
  /** 0 picks a free port. */
  port: number;
  sink: Sink;
  /** Key that must sign the requests. `"any"`: beside an emulator, which alone knows the keys of its callers. */
  credentials: Credentials | "any";
  /** Whether scripts run with a session of their job's role from STS instead of this process's credentials. */
  assumesRoles?: boolean;
  /** Folder for downloads that several endpoints share; the default is in `folder`. */
  downloads?: string;
  /** Milliseconds per minute of a run's timeout; tests shorten it. */
  minute?: number;
  /** Milliseconds between SIGTERM and SIGKILL. */
  patience?: number;
  /** How Spark jobs run; the default is two executors with one core and 1 GB each, on the installed PySpark. */
  spark?: Partial<SparkOptions>;
  /** More environment variables for a script, read when it starts. */
  environment?: () => NodeJS.ProcessEnv;
}

/** Environment of a script: the address of AWS and the credentials, but nothing else of this process. */
function scriptEnvironment(): NodeJS.ProcessEnv {
  const { PATH, AWS_REGION = "us-east-1" } = process.env;
  const env: NodeJS.ProcessEnv = { PATH, AWS_REGION, AWS_DEFAULT_REGION: AWS_REGION, LANG: "C.UTF-8" };
  for (const [name, value] of Object.entries(process.env)) {
    if (/^AWS_(ENDPOINT_URL|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|CA_BUNDLE)/.test(name))
      env[name] = value;
  }
  return { ...env, PYTHONUNBUFFERED: "1" };
}

/** Environment variables with the credentials of a session of the role. */
async function roleEnvironment(RoleArn: string): Promise<NodeJS.ProcessEnv> {
  const sts = new STSClient({});
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "glue" }));
  sts.destroy();
  return {
    AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId,
    AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey,
    AWS_SESSION_TOKEN: Credentials?.SessionToken,
  };
}

/** Starts the Glue endpoint on 127.0.0.1. The SDK's environment variables say where S3 is. */
export async function startGlue(options: GlueOptions): Promise<GlueEndpoint> {
  const { folder, port, sink } = options;
  const store = await Store.open(path.join(folder, "state"));
  // There is no DNS entry for BUCKET.127.0.0.1.
  const s3 = new S3Client({ forcePathStyle: true });
  const files = new Files(s3, options.downloads ?? path.join(folder, "downloads"), python);
  const runner = new Runner(store, files, {
    folder,
    python,
    spark: { python: sparkPython, executors: 2, cores: 1, memoryMB: 1024, ...options.spark },
    sink,
    env: async ({ Role }) => ({
      ...scriptEnvironment(),
      ...(options.assumesRoles && (await roleEnvironment(Role))),
      ...options.environment?.(),
    }),
    parallel: Math.max(2, availableParallelism()),
    minute: options.minute ?? 60_000,
    patience: options.patience ?? 5_000,
  });
  const server = await serve(glueApp({ store, runner }, options.credentials).fetch, port);
  await runner.recover();
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      await runner.close();
      s3.destroy();
    },
  };
}
