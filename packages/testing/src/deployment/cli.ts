import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type * as Esbuild from "../../../../.sst/platform/node_modules/esbuild/lib/main.js";

/** The `nodejs` argument of a function. */
interface Properties {
  minify?: boolean;
  sourcemap?: boolean;
  esbuild?: { external?: string[] };
}

interface BuildInput {
  functionID: string;
  handler: string;
  links: Record<string, object>;
  properties: Properties;
}

interface Cli {
  esbuild: typeof Esbuild;
  root: string;
  /** Folder of the archives. */
  work: string;
  /** The account's concurrency quota in Lambda. */
  lambdaConcurrency: number;
  /** Folder of the bundles. If unset, no handler is bundled, which saves most of a run's time. */
  bundles?: string | undefined;
}

/** The deployed code and links of a function. */
export interface Built {
  /** Such as `packages/functions/src/upload.handler`. */
  handler: string;
  /** Folder of its bundle. */
  out: string;
  /** The properties of `Resource` at run time. */
  links: Record<string, object>;
  properties: Properties;
}

/** The CLI's own options for handlers in Node: https://github.com/anomalyco/sst/blob/dev/pkg/runtime/node/build.go */
export const bundleOptions = ({ minify = false, esbuild = {} }: Properties): Esbuild.BuildOptions => ({
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node24",
  mainFields: ["module", "main"],
  keepNames: true,
  sourcemap: "linked",
  logLevel: "silent",
  minify,
  external: esbuild.external ?? [],
});

/** Answers the requests of SST's components to the CLI and AWS, without AWS. */
export async function startCli({ esbuild, root, work, lambdaConcurrency, bundles }: Cli) {
  const built: Record<string, Built> = {};

  const methods: Record<string, (input: BuildInput) => unknown> = {
    "Provider.Aws.Bootstrap": () => ({ asset: "sst-assets", state: "sst-state" }),
    "Provider.Aws.Appsync": () => ({ http: "appsync.test", realtime: "realtime.appsync.test" }),
    "Runtime.AddTarget": () => ({}),
    "Runtime.Build": async ({ functionID, handler, links, properties }) => {
      const out = join(bundles ?? work, functionID);
      const outfile = join(out, "bundle.mjs");
      await mkdir(out, { recursive: true });
      if (bundles) {
        const entry = join(root, handler.replace(/\.\w+$/, ".ts"));
        await esbuild.build({ ...bundleOptions(properties), entryPoints: [entry], outfile });
      } else {
        await writeFile(outfile, "");
        await writeFile(`${outfile}.map`, "{}");
      }
      built[functionID] = { handler, out, links, properties };
      // By default SST uploads source maps to its console and leaves them out of the archive.
      const sourcemaps = properties.sourcemap === undefined ? [`${outfile}.map`] : [];
      return { handler: "bundle.handler", out, errors: [], sourcemaps };
    },
  };

  const server = createServer(async (request, response) => {
    try {
      if (request.url === "/2016-08-19/account-settings") {
        response.end(JSON.stringify({ AccountLimit: { ConcurrentExecutions: lambdaConcurrency } }));
        return;
      }
      const { method, params } = JSON.parse(Buffer.concat(await request.toArray()).toString());
      const answer = methods[method];
      if (!answer)
        throw new Error(`The program asks the CLI for ${method}, for which the tests have no answer`);
      response.end(JSON.stringify({ result: await answer(params[0]) }));
    } catch (error) {
      response.end(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    built,
    close: () => server.close(),
  };
}
