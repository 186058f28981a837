import { expect, test } from "vitest";
import { Speed } from "./speed.ts";

test("an even stream has its speed from the first looks on", () => {
  const speed = new Speed(0);
  expect(speed.measure(1000, 1000)).toBeCloseTo(1000);
  for (let second = 2; second < 10; second += 1) {
    expect(speed.measure(second * 1000, second * 1000)).toBeCloseTo(1000);
  }
});

test("bursts are evened out", () => {
  const speed = new Speed(0);
  let total = 0;
  for (let second = 1; second <= 40; second += 1) {
    if (second % 2 === 0) total += 2000;
    const measured = speed.measure(total, second * 1000);
    if (second > 20) expect(Math.abs(measured - 1000)).toBeLessThan(150);
  }
});

test("a stream that stops fades, and nothing is said at once", () => {
  const speed = new Speed(0);
  expect(speed.measure(5000, 100)).toBe(0);
  speed.measure(10_000, 10_000);
  expect(speed.measure(10_000, 20_000)).toBeLessThan(500);
});
