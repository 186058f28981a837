import fs from "node:fs/promises";
import path from "node:path";
import getPort from "get-port";
import * as z from "zod";

const host = "127.0.0.1";

/** What listens, and the environment variable that asks for a port. */
export const portVariables = {
  dashboard: "DASHBOARD_PORT",
  api: "API_PORT",
  aws: "AWS_PORT",
  glue: "GLUE_PORT",
} as const;

export type Service = keyof typeof portVariables;

const Port = z.coerce.number().int().min(1).max(65_535);
const Remembered = z.partialRecord(z.enum(["dashboard", "api", "aws", "glue"]), Port);

async function requested(variable: string, value: string): Promise<number> {
  const port = Port.safeParse(value);
  if (!port.success) throw new Error(`${variable}=${value} is no port number (1 to 65535)`);
  if ((await getPort({ port: port.data, host })) !== port.data) {
    throw new Error(`Port ${port.data}, asked for by ${variable}, is taken by another program`);
  }
  return port.data;
}

/**
 * A port for each service: the one its environment variable asks for, otherwise the one it had last time, so that addresses
 * stay good over restarts, otherwise any free one.
 */
export async function choosePorts(folder: string, env: NodeJS.ProcessEnv): Promise<Record<Service, number>> {
  const file = path.join(folder, "ports.json");
  const text = await fs.readFile(file, "utf8").catch(() => "{}");
  const last = Remembered.safeParse(JSON.parse(text)).data ?? {};
  const choose = async (service: Service): Promise<number> => {
    const value = env[portVariables[service]];
    if (value !== undefined && value !== "") return requested(portVariables[service], value);
    const before = last[service];
    return getPort(before === undefined ? { host } : { port: before, host });
  };
  const ports = {
    dashboard: await choose("dashboard"),
    api: await choose("api"),
    aws: await choose("aws"),
    glue: await choose("glue"),
  };
  await fs.writeFile(file, JSON.stringify(ports, null, 2));
  return ports;
}
