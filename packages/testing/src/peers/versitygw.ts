import fs from "node:fs/promises";
import path from "node:path";
import { type Credentials, region } from "@unparquet/local/lib/credentials";
import { root } from "@unparquet/local/lib/paths";
import { type Service, startService, waitUntilReady } from "@unparquet/local/lib/processes";

const binary = path.join(root, ".local/peers/versitygw");

// versitygw does not read its standard input, at whose end a service has to end.
const endWithInput = 'exec 3<&0; (cat <&3 >/dev/null; kill 0) & exec "$@"';

/** Starts versitygw, an S3 that keeps objects as files below the folder, on 127.0.0.1. Resolves when it answers. */
export async function startVersitygw(
  folder: string,
  port: number,
  { accessKeyId, secretAccessKey }: Credentials,
): Promise<Service & { url: string }> {
  const [data, metadata] = [path.join(folder, "data"), path.join(folder, "metadata")];
  for (const made of [data, metadata]) await fs.mkdir(made, { recursive: true });
  const listen = ["--port", `127.0.0.1:${port}`, "--keep-alive", "--health", "/health", "--quiet"];
  const service = await startService({
    name: "versitygw",
    command: "sh",
    // In files of their own: not every file system has extended attributes.
    args: ["-c", endWithInput, "sh", binary, ...listen, "posix", "--sidecar", metadata, data],
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      ROOT_ACCESS_KEY_ID: accessKeyId,
      ROOT_SECRET_ACCESS_KEY: secretAccessKey,
      VGW_REGION: region,
    },
  });
  const url = `http://127.0.0.1:${port}`;
  await waitUntilReady(service, `${url}/health`, true);
  return { ...service, url };
}
