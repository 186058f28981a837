import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";

/**
 * The same Parquet file, larger: bytes between the last page and the footer belong to nobody, and readers find the footer
 * from the end (https://parquet.apache.org/docs/file-format/). Removed when disposed of.
 */
export async function padded(source: string, bytes: number): Promise<{ file: string } & AsyncDisposable> {
  const content = await fs.readFile(source);
  const footer = content.length - 8 - content.readUInt32LE(content.length - 8);
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "unparquet-large-"));
  const file = path.join(folder, "large.parquet");
  await fs.writeFile(file, [content.subarray(0, footer), Buffer.alloc(bytes), content.subarray(footer)]);
  return { file, [Symbol.asyncDispose]: () => fs.rm(folder, { recursive: true, force: true }) };
}
