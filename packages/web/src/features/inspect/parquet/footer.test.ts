// @vitest-environment node
import { Options } from "@unparquet/core/job/options";
import { expect, test } from "vitest";
import { type Thrift, thrift } from "../../../../test/thrift.ts";
import { RefusedFile } from "../../upload/check-parquet.ts";
import { localFile } from "../local-file.ts";
import { summarize } from "../summary.ts";
import { readFooter } from "./footer.ts";
import { columnStatistics } from "./statistics.ts";
import { Unreadable } from "./unreadable.ts";

// Numbers of fields and of enums: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
const int32 = 1;
const required = 0;
const snappy = 1;

const root = (columns: number) => ({ 4: "schema", 5: columns });
const leaf = { 1: int32, 3: required, 4: "id" };
const chunk = (more: { [field: number]: Thrift } = {}) => ({
  2: 4n,
  3: { 1: int32, 2: [0], 3: ["id"], 4: snappy, 5: 3n, 6: 200n, 7: 100n, 9: 4n, ...more },
});
const group = (...columns: Thrift[]) => ({ 1: columns, 2: 100n, 3: 3n });

function fileOf(footer: Uint8Array, length = footer.length): Blob {
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, length, true);
  return new Blob(["PAR1", footer as Uint8Array<ArrayBuffer>, size, "PAR1"]);
}
const read = (footer: { [field: number]: Thrift }) => readFooter(localFile(fileOf(thrift(footer))));

const whole = { 1: 2, 2: [root(1), leaf], 3: 3n, 4: [group(chunk()), group(chunk())], 6: "a writer" };

test("it says what the file holds", async () => {
  const footer = await read(whole);
  expect(footer.rows).toBe(6);
  expect(summarize(footer)).toEqual({
    rows: 6,
    rowGroups: 2,
    codecs: ["snappy"],
    uncompressedBytes: 400,
    createdBy: "a writer",
    columns: [{ name: "id", path: "id", type: "int32", parts: [] }],
  });
});

test.each([
  ["no rows", { ...whole, 3: 0n, 4: [] }, { rows: 0, rowGroups: 0, codecs: [] }],
  ["no columns", { ...whole, 2: [root(0)], 4: [group()] }, { rows: 3, columns: [], uncompressedBytes: 0 }],
])("a file of %s is a file", async (_, footer, summary) => {
  expect(summarize(await read(footer))).toMatchObject(summary);
});

test.each([
  ["its column", { ...whole, 4: [group({ ...chunk(), 8: { 1: {} } })] }],
  [
    "a column whose metadata it holds elsewhere",
    { ...whole, 4: [group({ 2: 4n, 8: { 2: { 1: ["id"] } } })] },
  ],
  ["its footer's signature", { ...whole, 8: { 1: {} } }],
])("a file that encrypts %s is refused", async (_, footer) => {
  const reading = read(footer);
  await expect(reading).rejects.toThrow("encrypted");
  await expect(reading).rejects.toBeInstanceOf(RefusedFile);
});

const bytes = thrift(whole);
test.each([
  ["is longer than the file", fileOf(bytes, bytes.length + 1)],
  ["is enormous", fileOf(bytes, 0xffff_ffff)],
  ["is nothing", fileOf(new Uint8Array())],
  ["lacks its end", fileOf(bytes.subarray(0, -20))],
  ["begins in the middle", fileOf(bytes, bytes.length - 3)],
  ["is noise", fileOf(new Uint8Array(200).fill(0x5b))],
  ["has no schema", fileOf(thrift({ 1: 2, 3: 3n, 4: [] }))],
])("a footer that %s is refused as damaged", async (_, file) => {
  const reading = readFooter(localFile(file));
  await expect(reading).rejects.toThrow("The file is damaged");
  await expect(reading).rejects.toBeInstanceOf(RefusedFile);
});

test("what only this reader does not take is no reason to refuse a file", async () => {
  const date = { ...leaf, 6: 6 };
  const statistics = { 5: Uint8Array.of(1), 6: Uint8Array.of(1) };
  const reading = read({ ...whole, 2: [root(1), date], 4: [group(chunk({ 12: statistics }))] });
  await expect(reading).rejects.toBeInstanceOf(Unreadable);
});

const three = Uint8Array.of(3, 0, 0, 0);
const nine = Uint8Array.of(9, 0, 0, 0);
test.each([
  ["of the newer fields where the order is the type's", { 5: nine, 6: three }, [{ 1: {} }], "3", "9"],
  ["of the newer fields not where no order is told", { 5: nine, 6: three }, undefined, undefined, undefined],
  ["of the newer fields not in another order", { 5: nine, 6: three }, [{ 2: {} }], undefined, undefined],
  ["of the older fields instead", { 1: nine, 2: three, 5: three, 6: three }, undefined, "3", "9"],
  ["one without the other", { 6: three }, [{ 1: {} }], "3", undefined],
])("bounds are %s", async (_, statistics, orders, min, max) => {
  const footer = await read({
    ...whole,
    4: [group(chunk({ 12: { ...(statistics as object) } }))],
    ...(orders ? { 7: orders } : {}),
  });
  const [column] = columnStatistics(footer, Options.parse({}));
  expect([column?.min?.json, column?.max?.json]).toEqual([min, max]);
});

test("whether a bound is a value of the file is what the footer says of it", async () => {
  const statistics = { 5: nine, 6: three, 7: false, 8: true };
  const footer = await read({ ...whole, 4: [group(chunk({ 12: statistics }))], 7: [{ 1: {} }] });
  expect(columnStatistics(footer, Options.parse({}))).toMatchObject([
    { min: { json: "3", isExact: true }, max: { json: "9", isExact: false } },
  ]);
});
