import { expect, test } from "vitest";
import { parseJson, shortText, toClipboard, toText, valueAt } from "./json.ts";

test.each([
  "9007199254740993",
  "-0.0",
  "1e-45",
  "12.50",
  "99999999999999999999999999999999999999.10",
  '{"a":[18446744073709551615,null,"null",{"b":true}]}',
  '{"__proto__":{"x":1},"constructor":2}',
])("%s is read and written without the change of a digit", (text) => {
  expect(toText(parseJson(text))).toBe(text);
});

test("a missing key is not null", () => {
  const row = parseJson('{"a":null}');
  expect(valueAt(row, "a")).toBeNull();
  expect(valueAt(row, "b")).toBeUndefined();
  expect(valueAt(row, "toString")).toBeUndefined();
  expect(valueAt(null, "a")).toBeUndefined();
});

test("a string is copied without quotes, the rest as JSON", () => {
  expect(toClipboard('say "hi"')).toBe('say "hi"');
  expect(toClipboard(parseJson('{"n":9007199254740993,"s":"x"}'))).toBe('{"n":9007199254740993,"s":"x"}');
  expect(toClipboard(null)).toBe("null");
});

test.each([
  ["a short value whole", '{"a":[1,{"b":null}],"c":"x"}', 100, '{"a":[1,{"b":null}],"c":"x"}'],
  ["a long array cut off", "[1,2,3,4,5,6]", 6, "[1,2,3…"],
  ["a long text cut off", '"abcdefgh"', 4, '"abc…'],
  ["an empty object", "{}", 4, "{}"],
])("the short text of %s", (_, json, max, short) => {
  expect(shortText(parseJson(json), max)).toBe(short);
});
