// @vitest-environment node
import { execFile } from "node:child_process";
import { openAsBlob } from "node:fs";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { Options } from "@unparquet/core/job/options";
import { python, root } from "@unparquet/local/paths";
import { hostWheel } from "@unparquet/local/wheel";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { joinRows } from "./join-rows.ts";
import { localFile } from "./local-file.ts";
import { readFooter } from "./parquet/footer.ts";
import { sampleRows, sampleTable } from "./sample.ts";

const rows = 50;

/** Files of apache/parquet-testing that are shown in another way than the converter writes them, or not at all. */
const different: Record<string, string> = {
  "datapage_v1-corrupt-checksum.parquet": "its checksum is wrong",
  "rle-dict-uncompressed-corrupt-checksum.parquet": "its checksum is wrong",
  "large_string_map.brotli.parquet": "too large to be shown here",
  "damaged.parquet": "its checksum is wrong",
};

const optionSets: Partial<Options>[] = [
  {},
  { integers: "string", decimals: "string", binary: "hex", nonFinite: "string", format: "json" },
  { limit: 3 },
];

async function parquetIn(folder: string): Promise<string[]> {
  const names = await fs.readdir(folder);
  return names.filter((name) => name.endsWith(".parquet")).map((name) => path.join(folder, name));
}

const corpus = process.env.PARQUET_TESTING;
const unset = "PARQUET_TESTING does not name a copy of apache/parquet-testing";
if (!corpus) console.warn(`Its files are not compared: ${unset}.`);
const folders = corpus ? ["data", "data/geospatial"].map((folder) => path.join(corpus, folder)) : [];
const own = ["packages/web/test/fixtures", "packages/functions/src/testing", "glue/tests/foreign"];
const files = (
  await Promise.all([...own.map((folder) => path.join(root, folder)), ...folders].map(parquetIn))
).flat();

describe("the sample is what the converter writes", () => {
  let converter: string;

  beforeAll(async () => {
    converter = await fs.mkdtemp(path.join(os.tmpdir(), "unparquet-converter-"));
    await promisify(execFile)(python, ["-m", "zipfile", "-e", await hostWheel(), converter]);
  }, 600_000);

  afterAll(() => fs.rm(converter, { recursive: true, force: true }));

  async function convert(file: string, options: Options): Promise<string> {
    const flags = {
      limit: String(options.limit ?? rows),
      format: options.format,
      integers: options.integers,
      decimals: options.decimals,
      binary: options.binary,
      "non-finite": options.nonFinite,
      ...(options.columns ? { columns: JSON.stringify(options.columns) } : {}),
    };
    const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
    const { stdout } = await promisify(execFile)(
      python,
      ["-m", "unparquet.cli", "convert", file, "-", ...args],
      { env: { ...process.env, PYTHONPATH: converter }, maxBuffer: 2 ** 30 },
    );
    return stdout;
  }

  async function sample(file: string, options: Options): Promise<string> {
    const buffer = localFile(await openAsBlob(file));
    return joinRows(
      await sampleRows(buffer, await readFooter(buffer), options, { rows, text: Number.POSITIVE_INFINITY }),
      options.format,
    );
  }

  test.each(files.map((file) => [path.basename(file), file] as const))("%s", async (name, file) => {
    for (const set of optionSets) {
      const options = Options.parse(set);
      const reason = different[name];
      if (reason) await expect(sample(file, options)).rejects.toThrow(reason);
      else expect(await sample(file, options)).toBe(await convert(file, options));
    }
  });

  test.each([
    ["a path into a group", ["place.city", "id"]],
    ["another order", ["raw", "tags", "total"]],
    ["a part and then the whole", ["place.zip", "place"]],
  ])("columns: %s", async (_, columns) => {
    const file = path.join(root, "packages/web/test/fixtures/orders.parquet");
    const options = Options.parse({ columns });
    expect(await sample(file, options)).toBe(await convert(file, options));
  });

  test.skipIf(!corpus)("columns: paths through lists and maps", async () => {
    const file = path.join(corpus ?? "", "data/nullable.impala.parquet");
    const options = Options.parse({
      columns: ["nested_struct.C.d.E", "nested_struct.g.H.i", "nested_struct.A", "int_Map_Array", "id"],
    });
    expect(await sample(file, options)).toBe(await convert(file, options));
  });
});

describe("no more is read than is asked for", () => {
  const options = Options.parse({});
  const read = vi.fn();

  async function open(name: string) {
    const buffer = localFile(await openAsBlob(path.join(root, "packages/web/test/fixtures", name)));
    const footer = await readFooter(buffer);
    read.mockClear();
    const slice = (start: number, end?: number) => {
      read();
      return buffer.slice(start, end);
    };
    return [{ ...buffer, slice }, footer] as const;
  }

  test("no rows beyond as many characters, but the first", async () => {
    const [file, footer] = await open("orders.parquet");
    const [first, second] = await sampleRows(file, footer, options, { rows: 3, text: Infinity });
    expect(await sampleRows(file, footer, options, { rows: 3, text: 1 })).toEqual([first]);
    const text = (first?.length ?? 0) + 1;
    expect(await sampleRows(file, footer, options, { rows: 3, text })).toEqual([first, second]);
  });

  test("some columns of the table", async () => {
    const [file, footer] = await open("wide.parquet");
    const range = { from: 1998, columns: 50, rows: 20, text: 10 };
    expect(await sampleTable(file, footer, options, range)).toEqual([
      ["1998", "1999", '{"city":"\u00c5…'],
      ["null", "null", "null"],
    ]);
    expect(read.mock.calls.length).toBeLessThan(10);
  });

  test("nothing once nobody waits for it", async () => {
    const [file, footer] = await open("wide.parquet");
    const abort = new AbortController();
    const sample = sampleRows(file, footer, options, { rows: 10, text: 1000 }, abort.signal);
    abort.abort();
    await expect(sample).rejects.toMatchObject({ name: "AbortError" });
    expect(read.mock.calls.length).toBeLessThan(100);
  });
});
