import type { SchemaItem } from "@unparquet/core/conversion/engine";
import { expect, test } from "vitest";
import { schemaLines } from "./schema-lines.ts";

const item = (path: string, ...parts: SchemaItem[]): SchemaItem => ({
  name: path.split(".").at(-1) ?? path,
  path,
  type: "int32",
  parts,
});
const items = [
  item("id"),
  item(
    "place",
    item("place.city"),
    item("place.position", item("place.position.x"), item("place.position.y")),
  ),
];
const paths = (wanted: string, ...closed: string[]) =>
  schemaLines(items, wanted, new Set(closed)).map((line) => line.item.path);

test("every item is a line below its group's, and knows its place", () => {
  const lines = schemaLines(items, "", new Set());
  expect(
    lines.map(({ item: { name }, level, position, siblings }) => [name, level, position, siblings]),
  ).toEqual([
    ["id", 1, 1, 2],
    ["place", 1, 2, 2],
    ["city", 2, 1, 2],
    ["position", 2, 2, 2],
    ["x", 3, 1, 2],
    ["y", 3, 2, 2],
  ]);
  expect(lines.at(-1)?.parent).toBe("place.position");
});

test("what is within a closed group is no line", () => {
  expect(paths("", "place.position")).toEqual(["id", "place", "place.city", "place.position"]);
});

test("a part that is found stands below its groups, and a group that is found has all its parts", () => {
  expect(paths("Y")).toEqual(["place", "place.city", "place.position", "place.position.y"]);
  expect(paths("posi")).toEqual(["place", "place.position", "place.position.x", "place.position.y"]);
  expect(paths("nothing")).toEqual([]);
});
