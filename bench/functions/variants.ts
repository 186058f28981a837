import { cp, mkdir, readFile, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Built, bundleOptions } from "@unparquet/testing/deployment/cli";
import type * as Esbuild from "../../.sst/platform/node_modules/esbuild/lib/main.js";

const root = join(import.meta.dirname, "../..");
const platform = join(root, ".sst/platform/package.json");
const esbuild = createRequire(platform)("esbuild") as typeof Esbuild;

/** A way to build and run a function, as differences from the deployed one. */
export interface Variant {
  title: string;
  build?: Esbuild.BuildOptions;
  sourceMaps?: boolean;
}

export const deployed: Variant = { title: "**as deployed**" };
export const others: Variant[] = [
  { title: "source maps off", sourceMaps: false },
  { title: "not minified", build: { minify: false } },
];

export interface Bundle {
  /** Bytes, plain and gzipped. */
  bytes: number;
  gzip: number;
  /** Bytes of each package in the bundle. */
  packages: Map<string, number>;
}

const packageOf = (file: string) =>
  /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? "unparquet itself";

/** Bundles a handler into a folder. @param properties as deployed */
export async function bundle(
  name: string,
  folder: string,
  properties: Built["properties"],
  variant: Variant,
): Promise<Bundle> {
  await mkdir(folder, { recursive: true });
  const outfile = join(folder, "bundle.mjs");
  const { metafile } = await esbuild.build({
    ...bundleOptions(properties),
    ...variant.build,
    stdin: {
      contents: `export { handler } from "./packages/functions/src/${name}.ts";`,
      resolveDir: root,
    },
    nodePaths: [join(root, "packages/functions/node_modules")],
    absWorkingDir: root,
    metafile: true,
    outfile,
  });
  await cp(join(root, "packages/web/dist"), join(folder, "dashboard"), { recursive: true });
  await cp(join(root, "glue/wasm/unparquet.wasm"), join(folder, "unparquet.wasm"));
  const output = Object.entries(metafile.outputs).find(([file]) => file.endsWith(".mjs"))?.[1];
  const packages = new Map<string, number>();
  for (const [file, { bytesInOutput }] of Object.entries(output?.inputs ?? {})) {
    const key = packageOf(file);
    packages.set(key, (packages.get(key) ?? 0) + bytesInOutput);
  }
  return { bytes: (await stat(outfile)).size, gzip: gzipSync(await readFile(outfile)).length, packages };
}
