import fs from "node:fs/promises";
import path from "node:path";
import { lambdaLane } from "@unparquet/core/deployment";
import { ministackReady, spawnMinistack } from "./aws/ministack.ts";
import { endpointsFile, type ServiceName } from "./folder.ts";
import {
  awsEnvironment,
  type Credentials,
  installationCredentials,
  region,
  writePrivately,
} from "./lib/credentials.ts";
import { root } from "./lib/paths.ts";
import { type Service, startService, waitUntilReady } from "./lib/processes.ts";
import {
  type Assets,
  ensureLambdaLane,
  ensureStage,
  linkEnvironment,
  uploadAssets,
  warmFunction,
} from "./resources.ts";
import { type Part, type Supervised, supervise } from "./supervise.ts";

/** The lane `spark`, if the variable that turns on a stage's lanes names it. It takes smaller files than on AWS, to be tried. */
const spark = /\bspark\b/.test(process.env.UNPARQUET_LANES ?? "")
  ? { job: "unparquet-local-converter-spark", outputMinBytes: 1e8 }
  : undefined;

/** From which the dashboard knows the lane of a file. */
export const laneSizes = {
  VITE_LAMBDA_MAX_BYTES: String(lambdaLane.outputMaxBytes),
  VITE_SPARK_MIN_BYTES: String(spark?.outputMinBytes ?? 0),
};

export const stage = {
  inputBucket: "unparquet-local-input",
  outputBucket: "unparquet-local-output",
  jobTable: "unparquet-local-jobs",
  glueJob: "unparquet-local-converter",
  lambda: { function: "unparquet-local-converter-function", events: "unparquet-local-run-events" },
  spark,
};
const assetsBucket = "unparquet-local-assets";

/** Addresses of the services, with the region and access key for clients of the embedded AWS. */
export type Endpoints = Record<ServiceName, string> & Credentials & { region: string };

type Ports = Record<ServiceName | "events", number>;

export interface Platform {
  endpoints: Endpoints;
  /** Rejects when a service keeps failing at startup, with its output. */
  broken: Promise<never>;
  stop: () => Promise<void>;
}

/** Addresses of AWS and Glue for the product: `npm run chaos` puts a proxy with network faults in between. */
function proxied({ aws, glue }: Endpoints): { aws: string; glue: string } {
  const { UNPARQUET_AWS_THROUGH = aws, UNPARQUET_GLUE_THROUGH = glue } = process.env;
  return { aws: UNPARQUET_AWS_THROUGH, glue: UNPARQUET_GLUE_THROUGH };
}

function here(file: string): string {
  return path.join(import.meta.dirname, file);
}

interface NodeServiceOptions {
  name: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  log: string;
  readyUrl: string;
  cwd?: string;
  patience?: number;
  sources?: string[];
}

/** A service that runs on this Node and sees no environment variables except its own and PATH, HOME and LANG. */
function nodeService({ readyUrl, sources, args, env, ...options }: NodeServiceOptions): Part {
  const { PATH, HOME, LANG } = process.env;
  return {
    spawn: () =>
      startService({
        cwd: root,
        ...options,
        command: process.execPath,
        args: ["--import", here("lib/end-with-parent.ts"), ...args],
        env: { PATH, HOME, LANG, ...env },
      }),
    ready: (service) => waitUntilReady(service, readyUrl),
    ...(sources && { sources }),
  };
}

/**
 * Starts all services on the given ports and waits until they respond.
 * @param folder keeps the data, logs and addresses
 * @throws when a service does not start, after stopping the others
 */
export async function startPlatform(folder: string, ports: Ports, wheel: string): Promise<Platform> {
  const started = new AsyncDisposableStack();
  try {
    return await startAll(folder, ports, wheel, started);
  } catch (error) {
    await started.disposeAsync();
    throw error;
  }
}

async function startAll(
  folder: string,
  ports: Ports,
  wheel: string,
  started: AsyncDisposableStack,
): Promise<Platform> {
  const url = (port: number): string => `http://127.0.0.1:${port}`;
  const credentials = await installationCredentials(folder);
  const endpoints: Endpoints = {
    dashboard: url(ports.dashboard),
    api: url(ports.api),
    aws: url(ports.aws),
    glue: url(ports.glue),
    region,
    ...credentials,
  };
  // ensureStage and uploadAssets below are clients of the embedded AWS.
  Object.assign(process.env, awsEnvironment(endpoints, credentials));
  const environment = awsEnvironment(proxied(endpoints), credentials);

  const logs = path.join(folder, "logs");
  await fs.rm(logs, { recursive: true, force: true });
  async function start<S extends Service>(part: Part<S>): Promise<Supervised> {
    const starting = supervise(part);
    started.defer(async () => (await starting.catch(() => undefined))?.stop());
    return starting;
  }

  const dashboard = start(
    nodeService({
      name: "The dashboard (Vite)",
      args: [
        path.join(root, "node_modules/vite/bin/vite.js"),
        ...["--host", "127.0.0.1", "--port", String(ports.dashboard), "--strictPort"],
        ...["--clearScreen", "false"],
      ],
      cwd: path.join(root, "packages/web"),
      env: {
        VITE_API_URL: endpoints.api,
        ...laneSizes,
      },
      log: path.join(logs, "dashboard.log"),
      readyUrl: endpoints.dashboard,
    }),
  );
  // Vite starts slowly, so it is awaited last.
  dashboard.catch(() => undefined);
  let assets: Assets | undefined;
  const aws = await start({
    spawn: () =>
      spawnMinistack({
        folder: path.join(folder, "aws"),
        port: ports.aws,
        credentials,
        functionsThrough: proxied(endpoints).aws,
      }),
    ready: async (service) => {
      await ministackReady(service);
      // After a restart: it keeps nothing but S3 and DynamoDB.
      if (assets) await ensureLambdaLane(stage, assets);
    },
  });
  const events = url(ports.events);
  const glue = await start(
    nodeService({
      name: "The Glue endpoint",
      args: [
        here("glue/main.ts"),
        ...["--folder", path.join(folder, "glue"), "--port", String(ports.glue)],
        ...["--events", `${events}/run-ended`],
      ],
      // Spark runs on the Java of JAVA_HOME.
      env: { ...environment, JAVA_HOME: process.env.JAVA_HOME },
      log: path.join(logs, "glue.log"),
      readyUrl: `${endpoints.glue}/health`,
      // Its runs get five seconds to end.
      patience: 15_000,
    }),
  );
  assets = await uploadAssets(assetsBucket, wheel);
  await ensureStage(stage, assets);
  const api = await start(
    nodeService({
      name: "The API",
      args: [here("functions.ts")],
      env: {
        ...environment,
        ...linkEnvironment(stage),
        API_PORT: String(ports.api),
        DASHBOARD_URL: endpoints.dashboard,
        EVENTS_PORT: String(ports.events),
        RUN_EVENTS: stage.lambda.events,
        POWERTOOLS_METRICS_DISABLED: "true",
      },
      log: path.join(logs, "api.log"),
      readyUrl: `${endpoints.api}/openapi.json`,
      sources: ["core", "functions"].map((name) => path.join(root, "packages", name, "src")),
    }),
  );
  const parts = [await dashboard, aws, glue, api];
  await warmFunction(stage.lambda.function);

  const file = endpointsFile(folder);
  started.defer(() => fs.rm(file, { force: true }));
  await writePrivately(file, endpoints);
  return {
    endpoints,
    broken: Promise.race(parts.map((part) => part.broken)),
    stop: () => started.disposeAsync(),
  };
}
