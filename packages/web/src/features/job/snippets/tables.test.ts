// @vitest-environment node
import { execFile } from "node:child_process";
import fs from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { Options } from "@unparquet/core/conversion/options";
import { hostWheel, python, root } from "@unparquet/local/lib/paths";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { parseType } from "../../options/column-type.ts";
import { duckDbType } from "./duckdb.ts";
import { outputOf } from "./output.ts";
import { type Snippet, snippets } from "./snippets.ts";

const run = promisify(execFile);
const script = path.join(import.meta.dirname, "tables.py");

/** Each choice of each option by itself, and several together. */
const choices = Object.entries(Options.shape).flatMap(([name, schema]) => {
  const inner = schema instanceof z.ZodDefault ? schema.unwrap() : schema;
  return inner instanceof z.ZodEnum ? inner.options.map((choice) => ({ [name]: choice })) : [];
});
const sets: Partial<Options>[] = [
  ...choices,
  { limit: 1 },
  { columns: ["day", "wide", "place.city", "id"] },
  { timestamps: "epoch-ms", integers: "string", nulls: "omit" },
  { timestamps: "epoch-ns", integers: "string" },
  { decimals: "string", nonFinite: "string", format: "json", compression: "zstd" },
  { integers: "string", decimals: "string", nulls: "omit", compression: "gzip" },
];

let folder: string;
let converter: string;
let server: http.Server;
let outcomes: Record<string, string>;

const keyOf = (options: Partial<Options>, tool: string, file: string) =>
  `${file} ${tool} ${JSON.stringify(options)}`;
const tools = ["DuckDB", "pandas", "Polars"] as const;
const files = ["types", "empty"] as const;

async function convert(file: string, options: Options, nth: number) {
  const flags = Object.entries(options).flatMap(([name, value]) => [
    `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    Array.isArray(value) ? JSON.stringify(value) : String(value),
  ]);
  const name = `${file}-${nth}`;
  const input = path.join(folder, `${file}.parquet`);
  const reports = path.join(folder, "reports", name);
  await fs.mkdir(reports, { recursive: true });
  const args = ["--input", input, "--output", path.join(folder, name), "--reports", reports, ...flags];
  await run(python, [path.join(root, "glue/job.py"), ...args], {
    env: { ...process.env, PYTHONPATH: converter },
  });
  const manifest = JSON.parse(await fs.readFile(path.join(reports, "manifest.json"), "utf8"));
  expect(manifest).toMatchObject({ status: "SUCCEEDED" });
  return manifest;
}

beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "unparquet-tables-"));
  converter = path.join(folder, "converter");
  await run(python, ["-m", "zipfile", "-e", await hostWheel(), converter]);
  await run(python, [script, "write", folder]);
  server = http.createServer(async (request, response) => {
    response.end(await fs.readFile(path.join(folder, path.basename(request.url ?? ""))));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  const cases = [];
  for (const file of files) {
    for (const [nth, given] of sets.entries()) {
      const options = Options.parse(given);
      const manifest = await convert(file, options, nth);
      const output = path.join(folder, `${file}-${nth}`);
      for (const tool of tools) {
        // DuckDB reads the file: for HTTP it downloads an extension, which a test must not depend on.
        const url = tool === "DuckDB" ? output : `http://127.0.0.1:${port}/${file}-${nth}`;
        const made = snippets(outputOf({ ...manifest, url }, options));
        const code = made.find((snippet) => snippet.tool === tool)?.code;
        cases.push({ key: keyOf(given, tool, file), tool, code, options, output, file });
      }
    }
  }
  await fs.writeFile(path.join(folder, "cases.json"), JSON.stringify(cases));
  const { stdout } = await run(python, [script, "compare", folder], { maxBuffer: 2 ** 28 });
  outcomes = JSON.parse(stdout);
}, 300_000);

afterAll(async () => {
  server?.close();
  await fs.rm(folder, { recursive: true, force: true });
});

test.each(sets.map((options) => [JSON.stringify(options), options] as const))(
  "the lines for DuckDB, pandas and Polars give the values of the Parquet file after a conversion with %s",
  (_, options) => {
    const keys = files.flatMap((file) => tools.map((tool) => keyOf(options, tool, file)));
    expect(Object.fromEntries(keys.map((key) => [key, outcomes[key]]))).toEqual(
      Object.fromEntries(keys.map((key) => [key, "equal"])),
    );
  },
);

const noteOf = (
  tool: Snippet["tool"],
  types: Record<string, string>,
  options: Partial<Options>,
  omitted = 0,
) => {
  const columns = Object.entries(types).map(([name, type]) => ({ name, type }));
  const result = { url: "https://a.test/job/1/x", filename: "x", columns, columnsOmitted: omitted };
  return snippets(outputOf(result, Options.parse(options))).find((snippet) => snippet.tool === tool);
};

test("captions follow the options and the columns of the job", () => {
  const types = { id: "int64", fare: "decimal(10,2)" };
  expect(noteOf("fetch", types, {})?.note).toBe(
    "Integers beyond 2^53 become BigInt. Decimals are rounded to 64-bit floats: convert with decimals as strings to keep every digit.",
  );
  expect(noteOf("fetch", types, { integers: "string", decimals: "string" })?.note).toBe("");
  expect(noteOf("jq", types, {})?.note).toContain("jq before 1.7");
  expect(noteOf("jq", { id: "int32" }, {})?.note).toBe("One row a line.");
  expect(noteOf("pandas", types, {})?.note).not.toContain("zstandard");
  expect(noteOf("pandas", types, { compression: "zstd" })?.note).toContain("zstandard");
});

test("DuckDB is not told types of columns that it cannot name or that are not listed", () => {
  expect(noteOf("DuckDB", { a: "int32", A: "int32" }, {})?.code).toContain("columns = {row: 'JSON'}");
  expect(noteOf("DuckDB", { "": "int32" }, {})?.code).toContain("columns = {row: 'JSON'}");
  expect(noteOf("DuckDB", { a: "int32" }, {}, 5)?.code).toContain("map_inference_threshold = -1");
});

test.each([
  ["list<struct<a b: int64, c: map<string,list<date>>>>", 'STRUCT("a b" BIGINT, "c" MAP(VARCHAR, DATE[]))[]'],
  ["struct<a: int32, A: int32>", "JSON"],
  ["set<string>", "JSON"],
  ["map<struct<a: int32>,int32>", "JSON"],
  ["struct<x: y: int64>", "JSON"],
  ["decimal(50,3)", "VARCHAR"],
  ["time(ns)", "TIME_NS"],
])("the type %s is %s in DuckDB", (text, type) => {
  expect(duckDbType(parseType(text), Options.parse({}))).toBe(type);
});
