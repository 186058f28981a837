import type { SchemaItem } from "@unparquet/core/conversion/engine";
import { expect, test } from "vitest";
import { optionPath } from "./option-path.ts";

const item = (path: string, type: string, parts: SchemaItem[] = []): SchemaItem => ({
  name: path.slice(path.lastIndexOf(".") + 1),
  path,
  type,
  parts,
});
const items = [
  item("id", "int64"),
  item("items", "list<struct<…>>", [item("items.sku", "string"), item("items.list", "string")]),
  item("tags", "map<string, int32>"),
  item("place", "struct<…>", [item("place.city", "string")]),
];

test.each([
  ["id", "id", false],
  ["place.city", "place.city", false],
  ["items.list.element.sku", "items.sku", true],
  ["items.list.element.list", "items.list", true],
  ["tags.key_value.key", "tags (key)", true],
  ["tags.key_value.value", "tags (value)", true],
  ["unknown.list.element", "unknown.list.element", false],
])("the options call %s %s", (path, name, isRepeated) => {
  const parts = path.split(".");
  const column = items.find((item) => item.name === parts[0]);
  expect(optionPath(column, parts)).toMatchObject({ name, isRepeated });
});
