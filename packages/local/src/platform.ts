import fs from "node:fs/promises";
import path from "node:path";
import { startMinistack } from "./aws/ministack.ts";
import { awsEnvironment } from "./credentials.ts";
import { startGlue } from "./glue/endpoint.ts";
import type { GlueJobStateChange } from "./glue/events.ts";
import { root } from "./paths.ts";
import type { Service as Name } from "./ports.ts";
import { ensureStage, linkEnvironment, uploadAssets } from "./resources.ts";
import { answers, type Service, startService } from "./service.ts";

export const stage = {
  inputBucket: "unparquet-local-input",
  outputBucket: "unparquet-local-output",
  jobTable: "unparquet-local-jobs",
  glueJob: "unparquet-local-converter",
};
const assetsBucket = "unparquet-local-assets";

export type Endpoints = Record<Name, string>;

/** Holds the addresses while the platform of that folder runs. */
export const endpointsFile = (folder: string): string => path.join(folder, "endpoints.json");

export interface Platform {
  endpoints: Endpoints;
  /** Rejects when one of its processes ends by itself, with what that one said. */
  broken: Promise<never>;
  stop: () => Promise<void>;
}

const inherited = ({ PATH, HOME, LANG }: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({ PATH, HOME, LANG });

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
  const endpoints = {
    dashboard: url(ports.dashboard),
    api: url(ports.api),
    aws: url(ports.aws),
    glue: url(ports.glue),
  };
  const log = (name: string): string => path.join(folder, "logs", `${name}.log`);
  const web = path.join(root, "packages/web");
  const dashboard = await startService({
    name: "The dashboard (Vite)",
    args: [
      ...["--import", path.join(import.meta.dirname, "end-with-parent.ts")],
      path.join(root, "node_modules/vite/bin/vite.js"),
      ...["--host", "127.0.0.1", "--port", String(ports.dashboard), "--strictPort", "--clearScreen", "false"],
    ],
    cwd: web,
    env: { ...inherited(process.env), VITE_API_URL: endpoints.api },
    log: log("dashboard"),
  });
  started.push(dashboard.stop);

  const aws = await startMinistack(path.join(folder, "aws"), ports.aws);
  started.push(aws.stop);
  // From here on this process is a client of the embedded AWS itself.
  const environment = awsEnvironment(endpoints);
  Object.assign(process.env, environment);

  // The end of a run is told when there is somebody to tell.
  const apiAnswers = Promise.withResolvers<void>();
  const glue = await startGlue({
    folder: path.join(folder, "glue"),
    port: ports.glue,
    sink: async (event) => {
      await apiAnswers.promise;
      await sendEvent(url(ports.events), event);
    },
  });
  started.push(glue.stop);
  await ensureStage(stage, await uploadAssets(assetsBucket, wheel));

  const api = await startService({
    name: "The API",
    args: ["--watch", "--watch-preserve-output", path.join(import.meta.dirname, "functions.ts")],
    cwd: root,
    env: {
      ...inherited(process.env),
      ...environment,
      ...linkEnvironment(stage),
      API_PORT: String(ports.api),
      EVENTS_PORT: String(ports.events),
      POWERTOOLS_METRICS_DISABLED: "true",
    },
    log: log("api"),
  });
  started.push(api.stop);
  await Promise.all([
    answers(api, `${endpoints.api}/openapi.json`).then(apiAnswers.resolve),
    answers(dashboard, endpoints.dashboard),
  ]);

  const addresses = endpointsFile(folder);
  started.push(() => fs.rm(addresses, { force: true }));
  // Renamed into place, so that whoever waits for the file finds it whole.
  await fs.writeFile(`${addresses}.tmp`, JSON.stringify(endpoints, null, 2));
  await fs.rename(`${addresses}.tmp`, addresses);

  let stopping = false;
  const watch = async (name: string, service: Pick<Service, "ended" | "output">): Promise<never> => {
    await service.ended;
    if (stopping) return new Promise(() => undefined);
    throw new Error(`${name} ended by itself:\n${service.output()}`);
  };
  return {
    endpoints,
    broken: Promise.race([
      watch("The embedded AWS (ministack)", aws),
      watch(api.name, api),
      watch(dashboard.name, dashboard),
    ]),
    stop: async () => {
      stopping = true;
      await started.unwind();
    },
  };
}

async function sendEvent(url: string, event: GlueJobStateChange): Promise<void> {
  const response = await fetch(`${url}/glue-state-change`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(event),
    signal: AbortSignal.timeout(60_000),
  });
  if (!response.ok) throw new Error(`The handler of Glue's state changes answered ${response.status}`);
}
