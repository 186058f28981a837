import { expect, test } from "vitest";
import { jsonCell } from "./cell.ts";

test.each([
  ["null", "null", "null"],
  ['"null"', '"null"', "string"],
  ['"12"', '"12"', "string"],
  ['"-1.5e+9"', '"-1.5e+9"', "string"],
  ['"2026-06-01"', "2026-06-01", "string"],
  ['""', '""', "string"],
  ['"a b"', "a b", "string"],
  ['"a\\nb"', '"a\\nb"', "string"],
  ['"a\\"b"', 'a"b', "string"],
  ['"Århus and so…', "Århus and so…", "string"],
  ['"cut in an escape\\u00…', "cut in an escape…", "string"],
  ["9007199254740993", "9007199254740993", "number"],
  ["-0.5", "-0.5", "number"],
  ["true", "true", "boolean"],
  ["[1,2,3]", "[1,2,3]", "nested"],
  ['{"city":"Å…', '{"city":"Å…', "nested"],
])("%s is shown as %s", (json, text, kind) => {
  expect(jsonCell(json)).toEqual({ kind, text });
});
