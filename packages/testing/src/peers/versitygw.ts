import fs from "node:fs/promises";
import path from "node:path";
import { type Credentials, region } from "@unparquet/local/lib/credentials";
import { root } from "@unparquet/local/lib/paths";
import { type Service, startService, waitUntilReady } from "@unparquet/local/lib/processes";

const binary = path.join(root, ".local/peers/versitygw");

// A service must exit when its standard input ends, which versitygw does not do.
const endWithInput = 'exec 3<&0; (cat <&3 >/dev/null; kill 0) & exec "$@"';

/** Starts versitygw, an S3 that stores objects as files, on 127.0.0.1. Resolves when it responds. */
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
    // Sidecar files for metadata: some file systems lack extended attributes.
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
