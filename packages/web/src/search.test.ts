import fc from "fast-check";
import { expect, test } from "vitest";
import { parseSearch, stringifySearch } from "./search.ts";

test("a key that repeats is a list, one that does not is a text", () => {
  expect(parseSearch("?status=RUNNING&status=FAILED&q=a+b")).toEqual({
    status: ["RUNNING", "FAILED"],
    q: "a b",
  });
  expect(parseSearch("")).toEqual({});
});

test("lists repeat their key, and what is not set is left out", () => {
  expect(stringifySearch({ status: ["RUNNING", "FAILED"], q: undefined })).toBe(
    "?status=RUNNING&status=FAILED",
  );
  expect(stringifySearch({ status: [] })).toBe("");
});

test("what is written is read back", () => {
  const value = fc.oneof(fc.string({ unit: "grapheme" }), fc.array(fc.string(), { minLength: 2 }));
  fc.assert(
    fc.property(fc.dictionary(fc.string({ minLength: 1 }), value, { noNullPrototype: true }), (search) => {
      expect(parseSearch(stringifySearch(search))).toEqual(search);
    }),
  );
});
