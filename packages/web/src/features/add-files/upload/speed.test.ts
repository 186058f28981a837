import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Speed } from "./speed.ts";

let speed: Speed;

beforeEach(() => {
  vi.useFakeTimers();
  speed = new Speed();
});
afterEach(() => {
  vi.useRealTimers();
});

function measureAfter(milliseconds: number, total: number): number {
  vi.advanceTimersByTime(milliseconds);
  return speed.measure(total);
}

test("an even stream has its speed from the first looks on", () => {
  for (let second = 1; second < 10; second += 1) {
    expect(measureAfter(1000, second * 1000)).toBeCloseTo(1000);
  }
});

test("bursts are evened out", () => {
  let total = 0;
  for (let second = 1; second <= 40; second += 1) {
    if (second % 2 === 0) total += 2000;
    const measured = measureAfter(1000, total);
    if (second > 20) expect(Math.abs(measured - 1000)).toBeLessThan(150);
  }
});

test("a stream that stops fades, and nothing is said at once", () => {
  expect(measureAfter(100, 5000)).toBe(0);
  measureAfter(9900, 10_000);
  expect(measureAfter(10_000, 10_000)).toBeLessThan(500);
});
