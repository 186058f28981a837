import fs from "node:fs/promises";
import path from "node:path";
import { ministackReady, spawnMinistack } from "./aws/ministack.ts";
import {
  awsEnvironment,
  type Credentials,
  installationCredentials,
  region,
  writePrivately,
} from "./credentials.ts";
import { root } from "./paths.ts";
import type { Service as Name } from "./ports.ts";
import { ensureStage, linkEnvironment, uploadAssets } from "./resources.ts";
import { answers, type Service, startService } from "./service.ts";
import { type Part, type Supervised, supervise } from "./supervise.ts";

export const stage = {
  inputBucket: "unparquet-local-input",
  outputBucket: "unparquet-local-output",
  jobTable: "unparquet-local-jobs",
  glueJob: "unparquet-local-converter",
};
const assetsBucket = "unparquet-local-assets";

/** Addresses of the services, and what clients of the embedded AWS need. */
export type Endpoints = Record<Name, string> & Credentials & { region: string };

/** Holds the endpoints while the platform of that folder runs. */
export const endpointsFile = (folder: string): string => path.join(folder, "endpoints.json");

export interface Platform {
  endpoints: Endpoints;
  /** Rejects when one of its processes keeps ending, with what that one said. */
  broken: Promise<never>;
  stop: () => Promise<void>;
}

const inherited = ({ PATH, HOME, LANG }: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({ PATH, HOME, LANG });

/** Where the parts of the product find AWS and Glue: `npm run chaos` puts a network with faults in between. */
function reachedThrough({ aws, glue }: Endpoints): { aws: string; glue: string } {
  const { UNPARQUET_AWS_THROUGH = aws, UNPARQUET_GLUE_THROUGH = glue } = process.env;
  return { aws: UNPARQUET_AWS_THROUGH, glue: UNPARQUET_GLUE_THROUGH };
}

/** Ways to stop what has been started, the last started first. */
class Stack {
  readonly #stops: (() => Promise<void>)[] = [];
  push(stop: () => Promise<void>): void {
    this.#stops.push(stop);
  }
  async unwind(): Promise<void> {
    for (let stop = this.#stops.pop(); stop; stop = this.#stops.pop()) await stop();
  }
}

/**
 * Starts everything on the ports given and resolves when all of it answers.
 * @param folder keeps the data, logs and addresses
 * @throws when one part does not start; those that did are stopped again
 */
export async function startPlatform(
  folder: string,
  ports: Record<Name | "events", number>,
  wheel: string,
): Promise<Platform> {
  const started = new Stack();
  try {
    return await startAll(folder, ports, wheel, started);
  } catch (error) {
    await started.unwind();
    throw error;
  }
}

async function startAll(
  folder: string,
  ports: Record<Name | "events", number>,
  wheel: string,
  started: Stack,
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
  // This process is a client of the embedded AWS itself.
  Object.assign(process.env, awsEnvironment(endpoints, credentials));
  const environment = awsEnvironment(reachedThrough(endpoints), credentials);

  const logs = path.join(folder, "logs");
  await fs.rm(logs, { recursive: true, force: true });
  const here = (file: string): string => path.join(import.meta.dirname, file);
  const nodePart = (options: {
    name: string;
    args: string[];
    env: NodeJS.ProcessEnv;
    log: string;
    answersAt: string;
    cwd?: string;
    patience?: number;
    sources?: string[];
  }): Part => ({
    spawn: () =>
      startService({
        cwd: root,
        ...options,
        command: process.execPath,
        args: ["--import", here("end-with-parent.ts"), ...options.args],
        env: { ...inherited(process.env), ...options.env },
        log: path.join(logs, options.log),
      }),
    ready: (service) => answers(service, options.answersAt),
    ...(options.sources && { sources: options.sources }),
  });
  const start = async <S extends Service>(part: Part<S>): Promise<Supervised> => {
    const starting = supervise(part);
    started.push(async () => (await starting.catch(() => undefined))?.stop());
    return starting;
  };

  const dashboard = start(
    nodePart({
      name: "The dashboard (Vite)",
      args: [
        path.join(root, "node_modules/vite/bin/vite.js"),
        ...["--host", "127.0.0.1", "--port", String(ports.dashboard), "--strictPort"],
        ...["--clearScreen", "false"],
      ],
      cwd: path.join(root, "packages/web"),
      env: { VITE_API_URL: endpoints.api },
      log: "dashboard.log",
      answersAt: endpoints.dashboard,
    }),
  );
  // Awaited below, after what takes as long.
  dashboard.catch(() => undefined);
  const aws = await start({
    spawn: () => spawnMinistack({ folder: path.join(folder, "aws"), port: ports.aws, credentials }),
    ready: ministackReady,
  });
  const events = url(ports.events);
  const glue = await start(
    nodePart({
      name: "The Glue endpoint",
      args: [
        here("glue/main.ts"),
        ...["--folder", path.join(folder, "glue"), "--port", String(ports.glue)],
        ...["--events", `${events}/glue-state-change`],
      ],
      env: environment,
      log: "glue.log",
      answersAt: `${endpoints.glue}/health`,
      // Its runs get five seconds.
      patience: 15_000,
    }),
  );
  await ensureStage(stage, await uploadAssets(assetsBucket, wheel));
  const api = await start(
    nodePart({
      name: "The API",
      args: [here("functions.ts")],
      env: {
        ...environment,
        ...linkEnvironment(stage),
        API_PORT: String(ports.api),
        DASHBOARD_URL: endpoints.dashboard,
        EVENTS_PORT: String(ports.events),
        POWERTOOLS_METRICS_DISABLED: "true",
      },
      log: "api.log",
      answersAt: `${endpoints.api}/openapi.json`,
      sources: ["core", "functions"].map((name) => path.join(root, "packages", name, "src")),
    }),
  );
  const parts = [await dashboard, aws, glue, api];

  const file = endpointsFile(folder);
  started.push(() => fs.rm(file, { force: true }));
  await writePrivately(file, endpoints);
  return {
    endpoints,
    broken: Promise.race(parts.map((part) => part.broken)),
    stop: () => started.unwind(),
  };
}
