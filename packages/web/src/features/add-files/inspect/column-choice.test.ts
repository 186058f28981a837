import type { SchemaItem } from "@unparquet/core/conversion/engine";
import { expect, test } from "vitest";
import { chosenEnds, tick } from "./column-choice.ts";

const leaf = (path: string): SchemaItem => ({
  name: path.split(".").at(-1) ?? path,
  path,
  type: "int32",
  parts: [],
});
const id = leaf("id");
const city = leaf("place.city");
const zip = leaf("place.zip");
const place: SchemaItem = { name: "place", path: "place", type: "struct", parts: [city, zip] };
const items = [id, place];

test("all columns is no choice", () => {
  expect([...chosenEnds(items, undefined)]).toEqual(["id", "place.city", "place.zip"]);
  expect(tick(items, ["place"], id, true)).toBeUndefined();
});

test("a part taken out of a group leaves the others", () => {
  expect(tick(items, undefined, zip, false)).toEqual(["id", "place.city"]);
});

test("a group is named once all its parts are chosen", () => {
  expect(tick(items, ["place.city"], zip, true)).toEqual(["place"]);
});

test("nothing may be left", () => {
  expect(tick(items, ["id"], id, false)).toEqual([]);
});
