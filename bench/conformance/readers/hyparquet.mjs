// hyparquet's objects with tagged values. Bytes without an annotation stay bytes.
import fs from "node:fs/promises";
import path from "node:path";
import readline from "node:readline";
import { pathToFileURL } from "node:url";

/** Imports a package from the bench's own folder. @param {string} file */
const installed = (file) =>
  import(pathToFileURL(path.join(process.env.CONFORMANCE_NPM ?? "", "node_modules", file)).href);
const { asyncBufferFromFile, parquetReadObjects } = await installed("hyparquet/src/node.js");
const { compressors } = await installed("hyparquet-compressors/src/index.js");

const LONG = 1 << 20;

/** @param {unknown} value @returns {unknown} */
function tagged(value) {
  if (value === null || value === undefined || typeof value === "boolean") return value ?? null;
  if (typeof value === "bigint") return { $integer: String(value) };
  if (typeof value === "number") {
    const text = Object.is(value, -0) ? "-0.0" : String(value);
    return { $number: text };
  }
  if (typeof value === "string") {
    const same = value.length > LONG && value === value[0].repeat(value.length);
    return same ? `${value[0]} * ${value.length}` : value;
  }
  if (value instanceof Date) return { $timestamp: [value.getTime(), "ms"] };
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString("base64") };
  if (ArrayBuffer.isView(value) || Array.isArray(value))
    return Array.from(/** @type {any} */ (value), tagged);
  return {
    $struct: Object.entries(/** @type {object} */ (value)).map(([name, inner]) => [name, tagged(inner)]),
  };
}

/** @param {Uint8Array} bytes */
const bytes = (bytes) => bytes;
const parsers = { geometryFromBytes: bytes, geographyFromBytes: bytes };

for await (const line of readline.createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  let answer = {};
  try {
    const file = await asyncBufferFromFile(request.path);
    const rows = await parquetReadObjects({
      file,
      compressors,
      utf8: false,
      columns: request.columns ?? undefined,
      parsers,
    });
    await fs.writeFile(request.output, rows.map((row) => `${JSON.stringify(tagged(row))}\n`).join(""));
  } catch (error) {
    answer = { error: `${error}`.slice(0, 2000) };
  }
  console.log(JSON.stringify(answer));
}
