import { describe, expect, test } from "vitest";
import { Filename, stem } from "./filename.ts";

describe("Filename", () => {
  test.each([
    "a",
    "trips.parquet",
    "Fahrten März.parquet",
    "日本.parquet",
    "..a",
    "a'b\"c.parquet",
    "x".repeat(255),
  ])("takes %s", (name) => expect(Filename.safeParse(name).success).toBe(true));

  test.each([
    ["nothing", ""],
    ["a path", "a/b.parquet"],
    ["a Windows path", "a\\b.parquet"],
    ["this folder", "."],
    ["the folder above", ".."],
    ["a line feed", "a\nb"],
    ["a NUL", "a\0b"],
    ["a C1 control character", "a\u0085b"],
    ["half a surrogate pair", "a\ud800b"],
    ["256 bytes", "x".repeat(256)],
    ["128 characters of two bytes each", "ä".repeat(128)],
  ])("refuses %s", (_, name) => expect(Filename.safeParse(name).success).toBe(false));
});

test.each([
  ["trips.parquet", "trips"],
  ["TRIPS.PARQUET", "TRIPS"],
  ["a.b.parq", "a.b"],
  ["a.Pq", "a"],
  ["a.parquet.parquet", "a.parquet"],
  ["data.bin", "data.bin"],
  ["parquet", "parquet"],
  [".parquet", ".parquet"],
])("the stem of %s is %s", (filename, expected) => expect(stem(filename)).toBe(expected));
