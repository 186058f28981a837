// npm start -- [FILES] [--folder FOLDER]: runs all of unparquet on this machine until Ctrl-C, and converts FILES. FOLDER keeps
// the data; the default is .local.
import path from "node:path";
import { parseArgs } from "node:util";
import { choosePorts, claim } from "./folder.ts";
import { freePort } from "./lib/free-port.ts";
import { hostWheel, root } from "./lib/paths.ts";
import { type Platform, stage, startPlatform } from "./platform.ts";
import { convert } from "./send.ts";

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
  AWS        ${aws}   S3, DynamoDB, Lambda, SQS
  Glue       ${glue}
  Data       ${folder} (logs in ${path.join(folder, "logs")})

  ${cli} s3 ls s3://${stage.outputBucket}/jobs/ --recursive

Press Ctrl-C to stop.
`);
}

async function send(files: string[], api: string): Promise<void> {
  for (const file of files) {
    try {
      console.log(`${file}: uploading`);
      // npm runs scripts in the project folder; INIT_CWD is where the user called it.
      const { url, rows, bytes } = await convert(api, path.resolve(process.env.INIT_CWD ?? "", file));
      console.log(`${file}: ${rows} rows, ${bytes} bytes of JSON at\n  ${url}`);
    } catch (error) {
      console.error(`${file}: ${error instanceof Error ? error.message : error}`);
    }
  }
}

/** Milliseconds in which signals count as one: a Ctrl-C arrives from the terminal and again from npm. */
const SAME_SIGNAL = 700;

/** Resolves on the first signal, or when the parent process is gone. A second signal exits at once. */
function waitForStop(): Promise<void> {
  return new Promise((resolve) => {
    let first: number | undefined;
    const stop = (): void => {
      first ??= performance.now();
      resolve();
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => {
        // The services end with this process, because their standard input closes.
        if (first !== undefined && performance.now() - first > SAME_SIGNAL) process.exit(1);
        stop();
      });
    }
    // A shell between npm and this process ends on a signal without forwarding it.
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
  const stopRequested = waitForStop();
  const release = await claim(folder);
  try {
    const ports = {
      ...(await choosePorts(folder, process.env)),
      events: await freePort(),
    };
    const platform = await startPlatform(folder, ports, await hostWheel());
    try {
      announce(platform, folder, began);
      void send(files, platform.endpoints.api);
      await Promise.race([stopRequested, platform.broken]);
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
