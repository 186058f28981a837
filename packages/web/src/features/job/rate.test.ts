import { expect, test } from "vitest";
import { rowsPerSecond, timeLeft, withSample } from "./rate.ts";

const seen = (...samples: [rows: number, seconds: number][]) =>
  samples.reduce<ReturnType<typeof withSample>>(
    (all, [rows, seconds]) => withSample(all, { rows, at: seconds * 1000 }),
    [],
  );

test("one look says nothing of the speed, two do", () => {
  expect(rowsPerSecond(seen([100, 0]))).toBeNull();
  expect(rowsPerSecond(seen([100, 0], [300, 2]))).toBe(100);
});

test("looks that find no more rows change nothing", () => {
  expect(rowsPerSecond(seen([100, 0], [300, 2], [300, 3]))).toBe(100);
});

test("what is long past does not count", () => {
  expect(rowsPerSecond(seen([0, 0], [1000, 1], [1500, 11], [2000, 21]))).toBe(50);
});

test("an attempt that starts anew is measured anew", () => {
  expect(rowsPerSecond(seen([5000, 0], [9000, 1], [0, 5], [100, 7]))).toBe(50);
});

test("the time left is the rows left at that speed", () => {
  expect(timeLeft({ rows: 400, totalRows: 1000, outputBytes: 0 }, 50)).toBe(12_000);
});
