import fs from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Plugin } from "vite";

/** How well, at a cost a build can bear and a function's first answer cannot: docs/functions.md. */
const compressors = {
  br: (bytes: Buffer) =>
    promisify(brotliCompress)(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    }),
  gz: (bytes: Buffer) => promisify(gzip)(bytes, { level: 9 }),
};

async function precompress(file: string): Promise<void> {
  const bytes = await fs.readFile(file);
  await Promise.all(
    Object.entries(compressors).map(async ([extension, compress]) => {
      const compressed = await compress(bytes);
      // Fonts and images are compressed already.
      if (compressed.length < bytes.length * 0.95) await fs.writeFile(`${file}.${extension}`, compressed);
    }),
  );
}

/** Leaves `FILE.br` and `FILE.gz` beside each built file that gets smaller, for the function that serves them. */
export const precompressed = (): Plugin => {
  let folder: string;
  return {
    name: "precompressed",
    apply: "build",
    configResolved: ({ root, build }) => {
      folder = path.resolve(root, build.outDir);
    },
    // After Vite has copied public/.
    closeBundle: async () => {
      const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true });
      const files = entries.filter((entry) => entry.isFile());
      await Promise.all(files.map((entry) => precompress(path.join(entry.parentPath, entry.name))));
    },
  };
};
