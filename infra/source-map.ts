import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Takes the sources themselves out of a bundle's source map: a stack needs names and lines only, and Node keeps the whole map
 * in memory.
 * @param folder of the bundle, as SST's `postbuild` hook gets it
 */
export async function leaveSourcesOut(folder: string) {
  const file = join(folder, "bundle.mjs.map");
  const { sourcesContent: _, ...map } = JSON.parse(await readFile(file, "utf8"));
  await writeFile(file, JSON.stringify(map));
}
