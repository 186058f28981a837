/**
 * node program.ts --stage STAGE [--config FILE] [--dev] [--lambda-concurrency QUOTA] [--bundles FOLDER]: bundles and runs a
 * configuration (default sst.config.ts) as the CLI does, and sends the recorded resources to the parent process. Each run needs
 * its own process because SST keeps its state in globals.
 */
import { rmSync } from "node:fs";
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import type * as Esbuild from "../../../../.sst/platform/node_modules/esbuild/lib/main.js";
import { startCli } from "./cli.ts";

const {
  stage,
  config,
  dev,
  bundles,
  "lambda-concurrency": lambdaConcurrency,
} = parseArgs({
  options: {
    config: { type: "string", default: "sst.config.ts" },
    stage: { type: "string" },
    dev: { type: "boolean", default: false },
    "lambda-concurrency": { type: "string", default: "1000" },
    bundles: { type: "string" },
  },
}).values;
if (!stage) throw new Error("--stage is missing");
const root = join(import.meta.dirname, "../../../..");
const platform = join(root, ".sst/platform");
const esbuild = createRequire(join(platform, "package.json"))("esbuild") as typeof Esbuild;

const work = await mkdtemp(join(tmpdir(), "unparquet-infra-"));
// Pulumi's packages are not bundled, so the bundle must be inside the project.
const program = join(platform, `test-${process.pid}.mjs`);
const cli = await startCli({ esbuild, root, work, bundles, lambdaConcurrency: Number(lambdaConcurrency) });
// Not in a finally block: an error in Pulumi exits the process immediately.
process.once("exit", () => {
  rmSync(program, { force: true });
  rmSync(work, { recursive: true, force: true });
});

Object.assign(globalThis, { $config: (config: unknown) => config });
const { default: configuration } = await import(pathToFileURL(join(root, config)).href);
const app = { ...configuration.app({ stage }), stage };

Object.assign(process.env, {
  SST_SERVER: cli.url,
  AWS_REGION: "us-east-1",
  SST_AWS_REGION: "us-east-1",
  SST_AWS_ACCESS_KEY_ID: "test",
  SST_AWS_SECRET_ACCESS_KEY: "test",
  AWS_ENDPOINT_URL_LAMBDA: cli.url,
});
await esbuild.build({
  entryPoints: [join(import.meta.dirname, "entry.ts")],
  outfile: program,
  bundle: true,
  platform: "node",
  format: "esm",
  mainFields: ["module", "main"],
  nodePaths: [join(platform, "node_modules")],
  external: ["@pulumi/*", "@pulumiverse/*", "@aws-sdk/*", "undici", "esbuild", "archiver", "glob", "vite"],
  inject: [join(platform, "src/shim/run.js")],
  define: {
    $app: JSON.stringify(app),
    $dev: JSON.stringify(dev),
    $cli: JSON.stringify({
      command: dev ? "dev" : "deploy",
      dev,
      paths: { root, work, platform, home: work },
      state: { version: {} },
    }),
  },
  banner: { js: await commonJsGlobals() },
  plugins: [{ name: "sst", setup: (build) => sst(build) }],
  logLevel: "silent",
});
const { default: result } = await import(pathToFileURL(program).href);
process.send?.({ ...result, app, built: cli.built });
cli.close();

async function sst(build: Esbuild.PluginBuild) {
  const lock = JSON.parse(await readFile(join(root, ".sst/provider-lock.json"), "utf8"));
  const globals = [
    ...lock.map(
      (provider: { alias: string; package: string }) =>
        `import * as ${provider.alias} from "${provider.package}";`,
    ),
    `import * as sst from "${join(platform, "src/components")}";`,
  ].join("\n");

  // The entry imports sst.config.ts by name, for its types.
  build.onResolve({ filter: /^(\.\.\/)+sst\.config\.ts$/ }, () => ({ path: join(root, config) }));
  // Building the converter's wheel takes minutes, and only its name matters here.
  build.onLoad({ filter: /infra\/build\.ts$/ }, async () => {
    const wheel = join(work, "unparquet-0.0.0-cp39-abi3-manylinux2014_x86_64.whl");
    await writeFile(wheel, "");
    await mkdir(join(work, "dashboard"));
    return {
      contents: `export const buildWheel = async () => ${JSON.stringify(wheel)};
        export const buildDashboard = async () => ${JSON.stringify(relative(root, join(work, "dashboard")))};
        export const buildDocs = buildDashboard;`,
    };
  });
  build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
    if (path.startsWith(platform)) return undefined;
    return { contents: `${globals}\n${await readFile(path, "utf8")}`, loader: "ts" };
  });
}

/** Defines `require` in the bundle: some of SST's components are CommonJS. */
async function commonJsGlobals() {
  return [
    `import { createRequire } from "node:module";`,
    `const require = createRequire(import.meta.url);`,
    `const { filename: __filename, dirname: __dirname } = import.meta;`,
  ].join("\n");
}
