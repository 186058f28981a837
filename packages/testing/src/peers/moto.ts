import path from "node:path";
import { root } from "@unparquet/local/lib/paths";
import { type Service, startService, waitUntilReady } from "@unparquet/local/lib/processes";

const python = path.join(root, ".local/peers/venv/bin/python");

/** Starts moto's server (DynamoDB, EventBridge and SQS in memory) on 127.0.0.1. Resolves when it responds. */
export async function startMoto(folder: string, port: number): Promise<Service & { url: string }> {
  const service = await startService({
    name: "moto",
    command: python,
    args: [path.join(import.meta.dirname, "serve_moto.py"), String(port)],
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, PYTHONUNBUFFERED: "1" },
  });
  const url = `http://127.0.0.1:${port}`;
  await waitUntilReady(service, `${url}/moto-api/data.json`, true);
  return { ...service, url };
}
