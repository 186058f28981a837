import { expect, test } from "vitest";
import { move } from "./keys.ts";

const size = { rows: 100, columns: 3, page: 10 };
const press = (key: string, ctrlKey = false) => move({ row: 5, column: 1 }, { key, ctrlKey }, size);

test("arrows lead to the next cell, and stop at the edge", () => {
  expect(press("ArrowDown")).toEqual({ row: 6, column: 1 });
  expect(press("ArrowLeft")).toEqual({ row: 5, column: 0 });
  expect(move({ row: 0, column: 2 }, { key: "ArrowUp", ctrlKey: false }, size)).toEqual({
    row: 0,
    column: 2,
  });
  expect(move({ row: 99, column: 2 }, { key: "ArrowRight", ctrlKey: false }, size)).toEqual({
    row: 99,
    column: 2,
  });
});

test("pages, ends and corners", () => {
  expect(press("PageDown")).toEqual({ row: 15, column: 1 });
  expect(press("PageUp")).toEqual({ row: 0, column: 1 });
  expect(press("End")).toEqual({ row: 5, column: 2 });
  expect(press("Home", true)).toEqual({ row: 0, column: 0 });
  expect(press("End", true)).toEqual({ row: 99, column: 2 });
});

test("other keys are left to the page", () => {
  expect(press("a")).toBeUndefined();
});
