import { availableParallelism } from "node:os";
import path from "node:path";
import { S3Client } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { Credentials } from "../credentials.ts";
import { python } from "../paths.ts";
import { serve } from "../serve.ts";
import { glueApp } from "./app.ts";
import type { Sink } from "./events.ts";
import { Files } from "./files.ts";
import { Runner } from "./runner.ts";
import { Store } from "./store.ts";

export interface GlueEndpoint {
  url: string;
  /** Stops listening, ends the runs' processes and has everything on disk. */
  stop: () => Promise<void>;
}

export interface GlueOptions {
  /** State, logs and downloads; read again by the next start. */
  folder: string;
  /** 0: any free one. */
  port: number;
  sink: Sink;
  /** What requests have to be signed with. `"any"`: beside an emulator, whose callers have keys that it alone can verify. */
  credentials: Credentials | "any";
  /** Whether scripts get the rights of their job's role, from the STS in the environment, instead of this process's. */
  assumesRoles?: boolean;
  /** Downloads are kept here instead of in `folder`, to share them. */
  downloads?: string;
  /** Length of the minute that timeouts are counted in, in milliseconds: for tests. */
  minute?: number;
  /** How long a script may take to end after SIGTERM, in milliseconds. */
  patience?: number;
  /** What else a script that is started now has in its environment. */
  environment?: () => NodeJS.ProcessEnv;
}

/** What a script sees of the environment: where AWS is, and nothing else of this process. */
function scriptEnvironment(): NodeJS.ProcessEnv {
  const { PATH, AWS_REGION = "us-east-1" } = process.env;
  const env: NodeJS.ProcessEnv = { PATH, AWS_REGION, AWS_DEFAULT_REGION: AWS_REGION, LANG: "C.UTF-8" };
  for (const [name, value] of Object.entries(process.env)) {
    if (/^AWS_(ENDPOINT_URL|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|CA_BUNDLE)/.test(name))
      env[name] = value;
  }
  return { ...env, PYTHONUNBUFFERED: "1" };
}

/** Credentials of a session of the role. */
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

/** Starts the Glue endpoint on 127.0.0.1. It finds S3 by the SDK's environment variables. */
export async function startGlue(options: GlueOptions): Promise<GlueEndpoint> {
  const { folder, port, sink } = options;
  const store = await Store.open(path.join(folder, "state"));
  // Bucket names as part of the path: no DNS for BUCKET.127.0.0.1.
  const s3 = new S3Client({ forcePathStyle: true });
  const files = new Files(s3, options.downloads ?? path.join(folder, "downloads"), python);
  const runner = new Runner(store, files, {
    folder,
    python,
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
