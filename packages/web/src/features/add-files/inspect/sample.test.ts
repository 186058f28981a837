// @vitest-environment node
import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { Engine, EngineError, type EngineFile } from "@unparquet/core/conversion/engine";
import { Options } from "@unparquet/core/conversion/options";
import { hostWheel, python, root } from "@unparquet/local/lib/paths";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { joinRows } from "./join-rows.ts";

const rows = 50;

/** The options chosen by name, each with its choices; a sample is not compressed. */
const choices = Object.entries(Options.shape).flatMap(([name, schema]) => {
  const inner = schema instanceof z.ZodDefault ? schema.unwrap() : schema;
  return inner instanceof z.ZodEnum && name !== "compression" ? [[name, inner.options] as const] : [];
});

/** Every choice of every option is in one of these. */
const optionSets = Array.from({ length: Math.max(...choices.map(([, names]) => names.length)) }, (_, nth) =>
  Options.parse(Object.fromEntries(choices.map(([name, names]) => [name, names[nth] ?? names.at(-1)]))),
);

/** A row of it is a gigabyte of JSON, which neither the module's memory nor a JavaScript string can hold. */
const tooLarge = "data/large_string_map.brotli.parquet";

async function parquetIn(folder: string): Promise<string[]> {
  const names = await fs.readdir(folder, { recursive: true });
  return names
    .filter((name) => /\.parquet(\.encrypted)?$/.test(name) && name !== tooLarge)
    .map((name) => path.join(folder, name));
}

const corpus = process.env.PARQUET_TESTING;
const unset = "PARQUET_TESTING does not name a copy of apache/parquet-testing";
if (!corpus) console.warn(`Its files are not compared: ${unset}.`);
const own = ["packages/web/test/fixtures", "packages/testing/src/fixtures", "glue/tests/foreign"];
const folders = [...own.map((folder) => path.join(root, folder)), ...(corpus ? [corpus] : [])];
const files = (await Promise.all(folders.map(parquetIn))).flat();

let converter: string;
let engine: Engine;

beforeAll(async () => {
  const wasm = await fs.readFile(path.join(root, "glue/wasm/unparquet.wasm"));
  engine = new Engine(await WebAssembly.compile(wasm));
  converter = await fs.mkdtemp(path.join(os.tmpdir(), "unparquet-converter-"));
  await promisify(execFile)(python, ["-m", "zipfile", "-e", await hostWheel(), converter]);
}, 600_000);

afterAll(() => fs.rm(converter, { recursive: true, force: true }));

/** The JSON, or the code of the error. */
type Outcome = { json: string } | { code: string };

async function convert(file: string, options: Options): Promise<Outcome> {
  const flags = Object.entries({ limit: rows, ...options }).flatMap(([name, value]) => [
    `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    Array.isArray(value) ? JSON.stringify(value) : String(value),
  ]);
  try {
    const { stdout } = await promisify(execFile)(
      python,
      ["-m", "unparquet.cli", "convert", file, "-", ...flags],
      { env: { ...process.env, PYTHONPATH: converter }, maxBuffer: 2 ** 30 },
    );
    return { json: stdout };
  } catch (error) {
    const [, code] = /^unparquet: (\w+): /m.exec((error as { stderr: string }).stderr) ?? [];
    if (code === undefined) throw error;
    return { code };
  }
}

async function sample(file: string, options: Options): Promise<Outcome> {
  const bytes = await fs.readFile(file);
  const source: EngineFile = {
    size: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
  };
  try {
    const sampled = engine.sample(source, options, { rows, bytes: Number.MAX_SAFE_INTEGER });
    return { json: joinRows(sampled, options.format) };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { code: error.code };
  }
}

const relative = (file: string) => path.relative(corpus && file.startsWith(corpus) ? corpus : root, file);

test.each(files.map((file) => [relative(file), file]))(
  "the sample of %s is what the converter writes, or fails with the same code",
  async (_, file) => {
    for (const options of optionSets) {
      expect(await sample(file, options)).toEqual(await convert(file, options));
    }
  },
  120_000,
);

const orders = path.join(root, "packages/web/test/fixtures/orders.parquet");
const selections: [string, string, Partial<Options>][] = [
  ["a limit", orders, { limit: 2 }],
  ["a path into a group", orders, { columns: ["place.city", "id"] }],
  ["columns in another order", orders, { columns: ["raw", "tags", "total"] }],
  ["a part of a group and then the whole", orders, { columns: ["place.zip", "place"] }],
  ["a column that the file does not have", orders, { columns: ["plaice"] }],
];
if (corpus) {
  const columns = ["nested_struct.C.d.E", "nested_struct.g.H.i", "nested_struct.A", "int_Map_Array", "id"];
  const nested = path.join(corpus, "data/nullable.impala.parquet");
  selections.push(["paths through lists and maps", nested, { columns }]);
}
test.each(selections)("the sample with %s is what the converter writes", async (_, file, selection) => {
  const options = Options.parse(selection);
  expect(await sample(file, options)).toEqual(await convert(file, options));
});
