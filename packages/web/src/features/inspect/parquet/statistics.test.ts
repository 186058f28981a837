// @vitest-environment node
import { Options } from "@unparquet/core/job/options";
import { type FileMetaData, type LogicalType, parquetSchema, type SchemaElement } from "hyparquet";
import { describe, expect, test } from "vitest";
import type { RawStatistics } from "./footer.ts";
import { readSchema } from "./schema.ts";
import { columnStatistics } from "./statistics.ts";

// What is compared how: ColumnOrder and Statistics in
// https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift

type Element = Partial<SchemaElement>;
type Group = Partial<RawStatistics> & { values?: bigint };

/** Statistics of a column of one leaf, by its row groups. */
function statisticsOf(element: Element, ...groups: Group[]) {
  const elements = [
    { name: "schema", num_children: 1 },
    { name: "column", repetition_type: "OPTIONAL", ...element },
  ] as SchemaElement[];
  const metadata = {
    schema: elements,
    row_groups: groups.map(({ values = 10n }) => ({ columns: [{ meta_data: { num_values: values } }] })),
  } as FileMetaData;
  const footer = {
    metadata,
    schema: readSchema(parquetSchema(metadata)),
    rows: 10,
    statistics: groups.map(({ values: _, ...raw }) => [{ isOld: false, ...raw }]),
  };
  const [column] = columnStatistics(footer, Options.parse({ nonFinite: "string" }));
  return column;
}

function bytesOf(size: number, set: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(size);
  set(new DataView(bytes.buffer));
  return bytes;
}
const int32 = (value: number) => bytesOf(4, (view) => view.setInt32(0, value, true));
const int64 = (value: bigint) => bytesOf(8, (view) => view.setBigInt64(0, value, true));
const float = (value: number) => bytesOf(4, (view) => view.setFloat32(0, value, true));
const double = (value: number) => bytesOf(8, (view) => view.setFloat64(0, value, true));
const half = (bits: number) => bytesOf(2, (view) => view.setUint16(0, bits, true));
const bytes = (...values: number[]) => Uint8Array.from(values);
const text = (value: string) => new TextEncoder().encode(value);

const range = (element: Element, ...groups: Group[]) => {
  const column = statisticsOf(element, ...groups);
  return [column?.min?.json, column?.max?.json];
};
const unknown = [undefined, undefined];
const logical = (logicalType: LogicalType) => ({ logical_type: logicalType });
const integer = (bitWidth: 8 | 16 | 32 | 64, isSigned: boolean) =>
  logical({ type: "INTEGER", bitWidth, isSigned });
const decimal = logical({ type: "DECIMAL", precision: 9, scale: 2 });
const fixed = (length: number) => ({ type: "FIXED_LEN_BYTE_ARRAY", type_length: length }) as const;

describe("bounds of two row groups are those of both, in the order of their type", () => {
  const cases: [string, Element, a: [Uint8Array, Uint8Array], b: [Uint8Array, Uint8Array], string, string][] =
    [
      ["BOOLEAN", { type: "BOOLEAN" }, [bytes(1), bytes(1)], [bytes(0), bytes(0)], "false", "true"],
      ["INT32", { type: "INT32" }, [int32(-5), int32(2)], [int32(-1), int32(7)], "-5", "7"],
      [
        "INT64",
        { type: "INT64" },
        [int64(-(2n ** 63n)), int64(1n)],
        [int64(0n), int64(2n ** 63n - 1n)],
        "-9223372036854775808",
        "9223372036854775807",
      ],
      [
        "INT(32, unsigned)",
        { type: "INT32", ...integer(32, false) },
        [int32(1), int32(2)],
        [int32(7), int32(-1)],
        "1",
        "4294967295",
      ],
      [
        "UINT_8 of the old kind",
        { type: "INT32", converted_type: "UINT_8" },
        [int32(200), int32(255)],
        [int32(3), int32(4)],
        "3",
        "255",
      ],
      [
        "INT(64, unsigned)",
        { type: "INT64", ...integer(64, false) },
        [int64(5n), int64(-1n)],
        [int64(6n), int64(7n)],
        "5",
        "18446744073709551615",
      ],
      [
        "FLOAT",
        { type: "FLOAT" },
        [float(0.1), float(2)],
        [float(-1.5), float(Number.POSITIVE_INFINITY)],
        "-1.5",
        '"Infinity"',
      ],
      ["DOUBLE", { type: "DOUBLE" }, [double(0.1), double(0.2)], [double(-3), double(-2)], "-3.0", "0.2"],
      [
        "FLOAT16",
        { ...fixed(2), ...logical({ type: "FLOAT16" }) },
        [half(0xc000), half(0x3c00)],
        [half(0xbc00), half(0x4000)],
        "-2.0",
        "2.0",
      ],
      [
        "DECIMAL as INT32",
        { type: "INT32", ...decimal },
        [int32(-150), int32(5)],
        [int32(7), int32(99)],
        "-1.50",
        "0.99",
      ],
      [
        "DECIMAL as INT64",
        { type: "INT64", ...decimal },
        [int64(-1n), int64(5n)],
        [int64(7n), int64(12345678901n)],
        "-0.01",
        "123456789.01",
      ],
      [
        "DECIMAL as FIXED_LEN_BYTE_ARRAY",
        { ...fixed(3), ...decimal },
        [bytes(0xff, 0xff, 0x6a), bytes(0, 0, 5)],
        [bytes(0xff, 0xff, 0xff), bytes(0, 1, 0)],
        "-1.50",
        "2.56",
      ],
      [
        "DECIMAL as BYTE_ARRAY of any length",
        { type: "BYTE_ARRAY", ...decimal },
        [bytes(0x80), bytes(5)],
        [bytes(0xff, 0x00), bytes(0, 0xff)],
        "-2.56",
        "2.55",
      ],
      [
        "DATE",
        { type: "INT32", ...logical({ type: "DATE" }) },
        [int32(-1), int32(0)],
        [int32(1), int32(20_000)],
        '"1969-12-31"',
        '"2024-10-04"',
      ],
      [
        "TIME of milliseconds",
        { type: "INT32", ...logical({ type: "TIME", isAdjustedToUTC: true, unit: "MILLIS" }) },
        [int32(1000), int32(2000)],
        [int32(500), int32(600)],
        '"00:00:00.500"',
        '"00:00:02"',
      ],
      [
        "TIMESTAMP of milliseconds, local",
        { type: "INT64", ...logical({ type: "TIMESTAMP", isAdjustedToUTC: false, unit: "MILLIS" }) },
        [int64(-1n), int64(0n)],
        [int64(0n), int64(1000n)],
        '"1969-12-31T23:59:59.999"',
        '"1970-01-01T00:00:01"',
      ],
      [
        "TIMESTAMP of nanoseconds, in UTC",
        { type: "INT64", ...logical({ type: "TIMESTAMP", isAdjustedToUTC: true, unit: "NANOS" }) },
        [int64(1n), int64(2n)],
        [int64(0n), int64(1n)],
        '"1970-01-01T00:00:00Z"',
        '"1970-01-01T00:00:00.000000002Z"',
      ],
      [
        "STRING, by unsigned bytes",
        { type: "BYTE_ARRAY", ...logical({ type: "STRING" }) },
        [text("a"), text("z")],
        [text("B"), text("é")],
        '"B"',
        '"é"',
      ],
      [
        "STRING, the shorter of two first",
        { type: "BYTE_ARRAY", converted_type: "UTF8" },
        [text("aa"), text("b")],
        [text("a"), text("ba")],
        '"a"',
        '"ba"',
      ],
      ["bytes", { type: "BYTE_ARRAY" }, [bytes(0), bytes(0x7f)], [bytes(1), bytes(0xff)], '"AA=="', '"/w=="'],
      [
        "UUID",
        { ...fixed(16), ...logical({ type: "UUID" }) },
        [new Uint8Array(16).fill(1), new Uint8Array(16).fill(0x7f)],
        [new Uint8Array(16).fill(2), new Uint8Array(16).fill(0xff)],
        '"01010101-0101-0101-0101-010101010101"',
        '"ffffffff-ffff-ffff-ffff-ffffffffffff"',
      ],
    ];
  test.each(cases)("%s", (_, element, a, b, min, max) => {
    const groups = [a, b].map(([least, most]) => ({ min: least, max: most }));
    expect(range(element, ...groups)).toEqual([min, max]);
    expect(range(element, ...groups.toReversed())).toEqual([min, max]);
  });
});

describe("what has no order has no bounds", () => {
  const cases: [string, Element, number][] = [
    ["INT96", { type: "INT96" }, 12],
    ["INTERVAL", { ...fixed(12), converted_type: "INTERVAL" }, 12],
    ["GEOMETRY", { type: "BYTE_ARRAY", ...logical({ type: "GEOMETRY" }) }, 8],
    ["GEOGRAPHY", { type: "BYTE_ARRAY", ...logical({ type: "GEOGRAPHY" }) }, 8],
  ];
  test.each(cases)("%s", (_, element, length) => {
    expect(range(element, { min: new Uint8Array(length), max: new Uint8Array(length) })).toEqual(unknown);
  });
});

describe("floating point", () => {
  const column = (...groups: [number, number][]) =>
    range({ type: "DOUBLE" }, ...groups.map(([min, max]) => ({ min: double(min), max: double(max) })));

  test("a bound that is NaN is ignored", () => {
    expect(column([Number.NaN, 3])).toEqual([undefined, "3.0"]);
    expect(column([1, 2], [1, Number.NaN])).toEqual(["1.0", undefined]);
    expect(
      range({ ...fixed(2), ...logical({ type: "FLOAT16" }) }, { min: half(0x7e00), max: half(0) }),
    ).toEqual([undefined, "0.0"]);
  });

  test("a zero's sign tells nothing", () => {
    expect(column([-0, 1])).toEqual(["0.0", "1.0"]);
    expect(column([-1, -0], [-1, 0])).toEqual(["-1.0", "0.0"]);
    expect(column([0, -0])).toEqual(["0.0", "0.0"]);
    const float16 = { ...fixed(2), ...logical({ type: "FLOAT16" }) };
    expect(range(float16, { min: half(0x8000), max: half(0) })).toEqual(["0.0", "0.0"]);
  });
});

describe("shortened bounds", () => {
  const string = { type: "BYTE_ARRAY", ...logical({ type: "STRING" }) } as const;

  test("are said to be", () => {
    const group = { min: text("aaa"), max: text("b"), isMinExact: false, isMaxExact: false };
    expect(statisticsOf(string, group)).toMatchObject({
      min: { json: '"aaa"', isExact: false },
      max: { json: '"b"', isExact: false },
    });
  });

  test("are exact where the row group that has the extreme has it in full", () => {
    const cut = { min: text("b"), max: text("c"), isMinExact: false, isMaxExact: false };
    const full = { min: text("a"), max: text("d"), isMinExact: true, isMaxExact: true };
    expect(statisticsOf(string, cut, full)).toMatchObject({
      min: { json: '"a"', isExact: true },
      max: { json: '"d"', isExact: true },
    });
    const same = { ...cut, min: text("a") };
    expect(statisticsOf(string, same, full)).toMatchObject({ min: { isExact: true } });
    expect(statisticsOf(string, full, same)).toMatchObject({ min: { isExact: true } });
    expect(statisticsOf(string, { ...cut, min: text("A") }, full)).toMatchObject({ min: { isExact: false } });
  });

  test("that end in the middle of a character are left out, and the other bound stays", () => {
    const group = { min: text("é").subarray(0, 1), max: text("ö"), isMinExact: false };
    expect(range(string, group)).toEqual([undefined, '"ö"']);
  });

  test("a UUID cut short is none", () => {
    const uuid = { ...fixed(16), ...logical({ type: "UUID" }) };
    expect(range(uuid, { min: bytes(1), max: new Uint8Array(16) })).toEqual([
      undefined,
      '"00000000-0000-0000-0000-000000000000"',
    ]);
  });
});

describe("the fields from before column orders", () => {
  const old = (min: Uint8Array, max: Uint8Array) => ({ min, max, isOld: true });

  test("count for what was always compared as signed numbers", () => {
    expect(range({ type: "INT32" }, old(int32(-1), int32(1)))).toEqual(["-1", "1"]);
    expect(range({ type: "INT64", ...decimal }, old(int64(-1n), int64(1n)))).toEqual(["-0.01", "0.01"]);
    expect(range({ type: "DOUBLE" }, old(double(-1), double(1)))).toEqual(["-1.0", "1.0"]);
    expect(range({ type: "BOOLEAN" }, old(bytes(0), bytes(1)))).toEqual(["false", "true"]);
  });

  test("do not for unsigned numbers and bytes of any kind", () => {
    expect(range({ type: "INT32", ...integer(32, false) }, old(int32(1), int32(2)))).toEqual(unknown);
    const strings = { type: "BYTE_ARRAY", ...logical({ type: "STRING" }) } as const;
    expect(range(strings, old(text("a"), text("b")))).toEqual(unknown);
    expect(range({ ...fixed(2), ...decimal }, old(bytes(0, 1), bytes(0, 2)))).toEqual(unknown);
  });
});

describe("bounds that cannot be relied on are left out", () => {
  const good = { min: int32(1), max: int32(2) };
  test.each([
    ["a row group says nothing", [good, {}]],
    ["they are of another length than the type's", [{ min: bytes(1), max: bytes(2) }]],
    ["the least is greater than the greatest", [{ min: int32(3), max: int32(2) }]],
    ["there is no row group", []],
  ])("%s", (_, groups) => {
    expect(range({ type: "INT32" }, ...groups)).toEqual(unknown);
  });

  test("a boolean of no byte", () => {
    expect(range({ type: "BOOLEAN" }, { min: bytes(), max: bytes(1) })).toEqual([undefined, "true"]);
  });
});

describe("nulls", () => {
  const good = { min: int32(1), max: int32(2), nullCount: 3n };
  test("are counted over all row groups", () => {
    expect(statisticsOf({ type: "INT32" }, good, { ...good, nullCount: 4n })?.nulls).toBe(7);
  });

  test("are not known where one does not say", () => {
    const { nullCount: _, ...silent } = good;
    expect(statisticsOf({ type: "INT32" }, good, silent)).not.toHaveProperty("nulls");
  });

  test("a row group of nulls alone, or of nothing, needs no bounds", () => {
    const groups = [good, { nullCount: 10n }, { values: 0n }];
    expect(range({ type: "INT32" }, ...groups)).toEqual(["1", "2"]);
    expect(statisticsOf({ type: "INT32" }, ...groups)?.nulls).toBe(13);
  });

  test("nothing but nulls has no bounds", () => {
    expect(statisticsOf({ type: "INT32" }, { nullCount: 10n })).toEqual({ path: ["column"], nulls: 10 });
  });
});
