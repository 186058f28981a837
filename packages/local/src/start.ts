// npm start [-- FILES] [--folder FOLDER]: the whole of unparquet on this machine, until Ctrl-C. Files named are sent through
// it. The folder keeps its data: .local unless given.
import path from "node:path";
import { parseArgs } from "node:util";
import getPort from "get-port";
import { claim } from "./instance.ts";
import { root } from "./paths.ts";
import { type Platform, stage, startPlatform } from "./platform.ts";
import { choosePorts } from "./ports.ts";
import { convert } from "./send.ts";
import { hostWheel } from "./wheel.ts";

function announce(
  { endpoints: { dashboard, api, aws, glue, region, accessKeyId, secretAccessKey } }: Platform,
  folder: string,
  began: number,
): void {
  const cli =
    `AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey} ` +
    `aws --region ${region} --endpoint-url ${aws}`;
  console.log(`
unparquet is ready (${((performance.now() - began) / 1000).toFixed(1)} s)

  Dashboard  ${dashboard}
  API        ${api}   (${api}/docs)
  AWS        ${aws}   S3 and DynamoDB
  Glue       ${glue}
  Data       ${folder} (logs in ${path.join(folder, "logs")})

  ${cli} s3 ls s3://${stage.outputBucket}/jobs/ --recursive

Ctrl-C ends it.
`);
}

async function send(files: string[], api: string): Promise<void> {
  for (const file of files) {
    try {
      console.log(`${file}: sending`);
      // npm runs scripts in the project's folder, and says where it was itself called.
      const { url, rows, bytes } = await convert(api, path.resolve(process.env.INIT_CWD ?? "", file));
      console.log(`${file}: ${rows} rows, ${bytes} bytes of JSON at\n  ${url}`);
    } catch (error) {
      console.error(`${file}: ${error instanceof Error ? error.message : error}`);
    }
  }
}

/** npm, too, passes on the signal that the terminal gave to all its processes: one Ctrl-C arrives several times. */
const SAME_SIGNAL = 700;

/** Resolves at the first signal, or when the process that started this one is gone; a later signal ends at once. */
function asked(): Promise<void> {
  return new Promise((resolve) => {
    let first: number | undefined;
    const stop = (): void => {
      first ??= performance.now();
      resolve();
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => {
        // The services end as their standard input does.
        if (first !== undefined && performance.now() - first > SAME_SIGNAL) process.exit(1);
        stop();
      });
    }
    // A shell between npm and this process dies of the signal without passing it on.
    const parent = process.ppid;
    setInterval(() => process.ppid !== parent && stop(), 500).unref();
  });
}

async function main(): Promise<void> {
  const began = performance.now();
  const { values, positionals: files } = parseArgs({
    options: { folder: { type: "string", default: path.join(root, ".local") } },
    allowPositionals: true,
  });
  const folder = path.resolve(values.folder);
  const quit = asked();
  const release = await claim(folder);
  try {
    const ports = {
      ...(await choosePorts(folder, process.env)),
      events: await getPort({ host: "127.0.0.1" }),
    };
    const platform = await startPlatform(folder, ports, await hostWheel());
    try {
      announce(platform, folder, began);
      void send(files, platform.endpoints.api);
      await Promise.race([quit, platform.broken]);
      console.log("\nStopping");
    } finally {
      await platform.stop();
    }
  } finally {
    await release();
  }
}

try {
  await main();
  process.exit(0);
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : error}`);
  process.exit(1);
}
