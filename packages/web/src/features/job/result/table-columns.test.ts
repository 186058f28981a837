import { expect, test } from "vitest";
import { parseJson } from "./json.ts";
import { addKeys, cellAt, columnId, columnName, type KeyTree, tableColumns } from "./table-columns.ts";

const rows = ['{"b":1,"place":{"city":"Århus"},"a":null}', '{"b":2,"place":{"zip":8000},"x":0}'].map(
  parseJson,
);
const keys: KeyTree = new Map(["b", "place", "a"].map((name) => [name, undefined]));
const isNew = rows.map((row) => addKeys(keys, row));
const names = (split: string[][]) =>
  tableColumns(keys, new Set(split.map((path) => columnId({ path })))).map(columnName);

test("columns keep the file's order, and what else is in the rows follows", () => {
  expect(names([])).toEqual(["b", "place", "a", "x"]);
});

test("a column of objects can be split into their keys", () => {
  expect(names([["place"]])).toEqual(["b", "place.city", "place.zip", "a", "x"]);
  expect(names([["b"]])).toEqual(["b", "place", "a", "x"]);
});

test("a row says whether it has a new key, at any depth", () => {
  expect(isNew).toEqual([true, true]);
  expect(rows.map((row) => addKeys(keys, row))).toEqual([false, false]);
});

test("what is missing is told from null", () => {
  expect(cellAt(rows[0] ?? null, { path: ["a"] })).toBeNull();
  expect(cellAt(rows[1] ?? null, { path: ["a"] })).toBeUndefined();
  expect(cellAt(rows[1] ?? null, { path: ["place", "city"] })).toBeUndefined();
});
