import { expect, test } from "vitest";
import { parseJson } from "./json.ts";
import { cellAt, cellText, columnId, columnName, tableColumns } from "./table-columns.ts";

const rows = ['{"b":1,"place":{"city":"Århus"},"a":null}', '{"b":2,"place":{"zip":8000},"x":0}'].map(
  parseJson,
);
const names = (split: string[][]) =>
  tableColumns(rows, ["b", "place", "a"], new Set(split.map((path) => columnId({ path })))).map(columnName);

test("columns keep the file's order, and what else is in the rows follows", () => {
  expect(names([])).toEqual(["b", "place", "a", "x"]);
});

test("a column of objects can be split into their keys", () => {
  expect(names([["place"]])).toEqual(["b", "place.city", "place.zip", "a", "x"]);
  expect(names([["b"]])).toEqual(["b", "place", "a", "x"]);
});

test("what is missing is told from null", () => {
  expect(cellAt(rows[0] ?? null, { path: ["a"] })).toBeNull();
  expect(cellAt(rows[1] ?? null, { path: ["a"] })).toBeUndefined();
  expect(cellAt(rows[1] ?? null, { path: ["place", "city"] })).toBeUndefined();
});

test.each([
  ["null", "null"],
  ['"null"', '"null"'],
  ['"12"', '"12"'],
  ['"-1.5e+9"', '"-1.5e+9"'],
  ['"2026-06-01"', "2026-06-01"],
  ['""', '""'],
  ['"a b"', "a b"],
  ["9007199254740993", "9007199254740993"],
  ["[1,2,3]", "[3]"],
  ['{"a":1}', "{1}"],
  [JSON.stringify("x".repeat(100)), `${"x".repeat(80)}…`],
])("%s is shown as %s", (json, shown) => {
  expect(cellText(parseJson(json))).toBe(shown);
});
