import fs from "node:fs/promises";
import path from "node:path";
import { writeFile } from "atomically";
import * as z from "zod";
import { freePort } from "./lib/free-port.ts";
import { commandOf } from "./lib/processes.ts";

/** Each service that listens, with the environment variable that sets its port. */
const portVariables = {
  dashboard: "DASHBOARD_PORT",
  api: "API_PORT",
  aws: "AWS_PORT",
  glue: "GLUE_PORT",
} as const;

export type ServiceName = keyof typeof portVariables;

/** Exists while `npm start` runs on the folder. */
export function endpointsFile(folder: string): string {
  return path.join(folder, "endpoints.json");
}

/**
 * Claims the data folder for this process: two of them would overwrite each other's data.
 * @returns a function that releases the folder
 * @throws when another `npm start` uses the folder
 */
export async function claim(folder: string): Promise<() => Promise<void>> {
  await fs.mkdir(folder, { recursive: true });
  const file = path.join(folder, "running.pid");
  for (;;) {
    try {
      await fs.writeFile(file, String(process.pid), { flag: "wx" });
      // Left by a process that was killed.
      await fs.rm(endpointsFile(folder), { force: true });
      return () => fs.rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const pid = Number(await fs.readFile(file, "utf8").catch(() => ""));
    // The system may have given the id to another program since.
    if (pid > 0 && (await commandOf(pid)).includes("packages/local/src/start.ts")) {
      throw new Error(
        `unparquet is already running (process ${pid}); its addresses are in ${endpointsFile(folder)}`,
      );
    }
    await fs.rm(file, { force: true });
  }
}

const Port = z.coerce.number().int().min(1).max(65_535);
const Ports = z.partialRecord(z.enum(["dashboard", "api", "aws", "glue"]), Port);

async function requestedPort(variable: string, value: string): Promise<number> {
  const port = Port.safeParse(value);
  if (!port.success) throw new Error(`${variable}=${value} is not a port number (1 to 65535)`);
  if ((await freePort(port.data)) !== port.data) {
    throw new Error(`Port ${port.data}, set by ${variable}, is already in use`);
  }
  return port.data;
}

/** Chooses a port per service: the one its variable sets, else the one it had last time, else any free one. */
export async function choosePorts(
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<Record<ServiceName, number>> {
  const file = path.join(folder, "ports.json");
  const text = await fs.readFile(file, "utf8").catch(() => "{}");
  const last = Ports.safeParse(JSON.parse(text)).data ?? {};
  async function choose(service: ServiceName): Promise<number> {
    const variable = portVariables[service];
    const value = env[variable];
    if (value) return requestedPort(variable, value);
    return freePort(last[service]);
  }
  const ports = {
    dashboard: await choose("dashboard"),
    api: await choose("api"),
    aws: await choose("aws"),
    glue: await choose("glue"),
  };
  await writeFile(file, JSON.stringify(ports, null, 2));
  return ports;
}
