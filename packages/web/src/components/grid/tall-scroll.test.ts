import { expect, test } from "vitest";
import { canvasHeight, follow, topOf } from "./tall-scroll.ts";

const few = { height: 3100, viewport: 310 };
const millions = { height: 31 * 5_000_000, viewport: 310 };

test("a grid of few rows scrolls like any element", () => {
  expect(canvasHeight(few)).toBe(3100);
  expect(topOf(1234, few)).toBe(1234);
  expect(topOf(5000, few)).toBe(2790);
  expect(follow({ top: 0, offset: 0 }, 2000, few)).toEqual({ top: 2000, offset: 2000 });
});

test("the element of millions of rows is one that browsers can draw", () => {
  expect(canvasHeight(millions)).toBe(8_000_000);
});

test("the scrollbar reaches the first, the middle and the last of millions of rows", () => {
  const start = { top: 4_000_000, offset: 77_000_000 };
  const end = canvasHeight(millions) - millions.viewport;
  expect(follow(start, 0, millions).offset).toBe(0);
  expect(follow({ top: 0, offset: 0 }, end / 2, millions).offset).toBeCloseTo((31 * 5_000_000 - 310) / 2);
  expect(follow({ top: 0, offset: 0 }, end, millions).offset).toBe(31 * 5_000_000 - 310);
});

test("a wheel moves millions of rows as far as it turns", () => {
  const start = { top: 4_000_000, offset: 77_000_000 };
  expect(follow(start, 4_000_100, millions)).toEqual({ top: 4_000_100, offset: 77_000_100 });
  expect(follow(start, 3_999_900, millions)).toEqual({ top: 3_999_900, offset: 76_999_900 });
});

test("every offset has a scroll position that leads back to it", () => {
  for (const offset of [0, 310_000, 77_000_000, millions.height - millions.viewport]) {
    expect(follow({ top: -1e9, offset: 0 }, topOf(offset, millions), millions).offset).toBeCloseTo(offset, 3);
  }
});
