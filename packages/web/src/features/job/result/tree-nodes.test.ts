import { expect, test } from "vitest";
import { parseJson, toText } from "./json.ts";
import { nodeId, treeNodes, valueAtPath } from "./tree-nodes.ts";

const row = parseJson('{"a":{"b":[{"c":9007199254740993}]},"e":[],"n":null}');

test("what is under a node is made when it is opened", () => {
  const closed = treeNodes(row, () => false);
  expect(closed.map(({ label }) => label)).toEqual(["a", "e", "n"]);
  expect(closed[0]?.children).toHaveLength(1);
  expect(closed[1]?.children).toBeUndefined();
  const open = treeNodes(row, (id) => id === nodeId(["a"]));
  expect(open[0]?.children?.map(({ label }) => label)).toEqual(["b"]);
});

test("a long array is folded, and says how much is left out", () => {
  const nodes = treeNodes(parseJson(JSON.stringify(Array.from({ length: 1500 }, () => 1))), () => true);
  expect(nodes).toHaveLength(201);
  expect(nodes.at(-1)?.label).toBe("and 1,300 more");
});

test("a path leads to a value, or to nothing", () => {
  expect(toText(valueAtPath(row, ["a", "b", "0", "c"]) ?? null)).toBe("9007199254740993");
  expect(valueAtPath(row, ["n"])).toBeNull();
  expect(valueAtPath(row, ["a", "length"])).toBeUndefined();
  expect(valueAtPath(row, ["e", "length"])).toBeUndefined();
});
