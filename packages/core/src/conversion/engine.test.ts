import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { Engine, EngineError, type EngineFile } from "./engine.ts";

const root = path.join(import.meta.dirname, "../../../..");
const fixtures = path.join(root, "packages/web/test/fixtures");

let module: WebAssembly.Module;
let engine: Engine;

beforeAll(async () => {
  module = await WebAssembly.compile(await readFile(path.join(root, "glue/wasm/unparquet.wasm")));
});
beforeEach(() => {
  engine = new Engine(module);
});
afterEach(() => vi.restoreAllMocks());

async function open(name: string) {
  const bytes = await readFile(path.join(fixtures, name));
  const read = vi.fn((offset: number, length: number) => bytes.subarray(offset, offset + length));
  return { size: bytes.length, read } satisfies EngineFile;
}

const thrownBy = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return error;
  }
};

/** Makes the next instance trap, optionally with a response. */
function trap(response = "") {
  const bytes = Buffer.from(response);
  const memory = new WebAssembly.Memory({ initial: 1 });
  new Uint8Array(memory.buffer).set(bytes, 64);
  const exports = {
    memory,
    allocate: () => 1024,
    call: () => {
      throw new WebAssembly.RuntimeError("unreachable");
    },
    response: () => (64n << 32n) | BigInt(bytes.length),
  };
  vi.spyOn(WebAssembly, "Instance").mockImplementationOnce(function (this: { exports: object }) {
    this.exports = exports;
  } as never);
}

test("inspect returns the metadata of a file", async () => {
  const { statistics, ...inspection } = engine.inspect(await open("orders.parquet"));
  expect(inspection).toMatchObject({ rows: 3, rowGroups: [{ rows: 3 }], codecs: ["snappy"] });
  expect(inspection.columns.map(({ name, type }) => `${name}: ${type}`)).toContain("total: decimal(10,2)");
  expect(statistics.find(({ path }) => path[0] === "total")).toMatchObject({
    nulls: 0,
    min: { json: "-0.01", isExact: true },
    max: { json: "99999999.99", isExact: true },
  });
});

test("a sample ends with the row that reaches the requested bytes", async () => {
  const file = await open("orders.parquet");
  const [first = "", second] = engine.sample(file, {}, { rows: 3, bytes: 1e6 });
  expect(engine.sample(file, {}, { rows: 3, bytes: 1 })).toEqual([first]);
  expect(engine.sample(file, {}, { rows: 3, bytes: Buffer.byteLength(first) + 1 })).toEqual([first, second]);
});

test("a table reads only the columns of its range, and truncates cells", async () => {
  const file = await open("wide.parquet");
  const range = { firstRow: 0, rows: 20, firstColumn: 1998, columns: 50, text: 10 };
  expect(engine.table(file, {}, range)).toEqual([
    ["1998", "1999", '{"city":"Å…'],
    ["null", "null", "null"],
  ]);
  expect(file.read.mock.calls.length).toBeLessThan(30);
});

test("a conversion writes its output in pieces and reports progress", async () => {
  const pieces: Buffer[] = [];
  const progress = vi.fn();
  const write = (bytes: Uint8Array) => pieces.push(Buffer.from(bytes));
  const result = engine.convert(await open("values.parquet"), { limit: 20_000 }, { write, progress });
  const output = Buffer.concat(pieces);
  expect(result).toMatchObject({ rows: 20_000, bytes: output.length });
  expect(pieces.length).toBeGreaterThan(1);
  expect(output.toString().split("\n")).toHaveLength(20_001);
  expect(progress).toHaveBeenLastCalledWith(expect.any(Number), 20_000, expect.any(Number));
});

test("a prediction is close to what a conversion writes", async () => {
  const file = await open("values.parquet");
  const { bytes } = engine.convert(file, {}, { write: () => undefined });
  const predicted = engine.predict(file, {});
  expect(predicted.rows).toBe(100_000);
  expect(predicted.bytes / bytes).toBeCloseTo(1, 1);
});

test("an engine error has a code, and the next call works", async () => {
  const file = await open("orders.parquet");
  const error = thrownBy(() => engine.sample(file, { columns: ["plaice"] }, { rows: 1, bytes: 1 }));
  expect(error).toBeInstanceOf(EngineError);
  expect(error).toMatchObject({ code: "unknown_column", message: expect.stringContaining("plaice") });
  expect(engine.inspect(file).rows).toBe(3);
});

test("errors of read and write are rethrown unchanged, and the next call works", async () => {
  const file = await open("orders.parquet");
  const gone = new Error("the disk is gone");
  const fail = () => {
    throw gone;
  };
  expect(thrownBy(() => engine.inspect({ ...file, read: fail }))).toBe(gone);
  expect(thrownBy(() => engine.convert(file, {}, { write: fail }))).toBe(gone);
  expect(thrownBy(() => engine.convert(file, {}, { write: () => undefined, progress: fail }))).toBe(gone);
  expect(engine.inspect(file).rows).toBe(3);
});

test("a file that has become shorter is an error and does not expose other memory", async () => {
  const file = await open("orders.parquet");
  const short = { ...file, read: (offset: number, length: number) => file.read(offset, length).subarray(1) };
  expect(thrownBy(() => engine.inspect(short))).toMatchObject({ code: "input_missing" });
});

test.each([
  [
    "its message",
    '{"error":{"code":"corrupt_file","message":"odd"}}',
    { code: "corrupt_file", message: "odd" },
  ],
  ["no message, out of memory", "", { code: "out_of_memory" }],
])("a trap with %s is an error, and the next call uses a new instance", async (_, response, expected) => {
  const file = await open("orders.parquet");
  trap(response);
  expect(thrownBy(() => engine.inspect(file))).toMatchObject(expected);
  expect(engine.inspect(file).rows).toBe(3);
});
