import { describe, expect, test } from "vitest";
import {
  formatAgo,
  formatBytes,
  formatCount,
  formatDuration,
  formatRatio,
  formatRows,
  formatShare,
} from "./format.ts";

test.each([
  [0, "0 bytes"],
  [1, "1 byte"],
  [999, "999 bytes"],
  [1000, "1 kB"],
  [12_345, "12.3 kB"],
  [999_499, "999 kB"],
  [999_999, "1 MB"],
  [64 * 1024 ** 2, "67.1 MB"],
  [5 * 1024 ** 4, "5.5 TB"],
])("%d bytes read %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [3456, 1000, "3.5×"],
  [42, 1000, "0.042×"],
  [120_000, 1000, "120×"],
  [0, 0, "–"],
])("%d bytes of %d read %s", (bytes, ofBytes, text) => {
  expect(formatRatio(bytes, ofBytes)).toBe(text);
});

test("counts have thousands apart, and rows their plural", () => {
  expect(formatCount(1_234_567)).toBe("1,234,567");
  expect([0, 1, 2].map(formatRows)).toEqual(["0 rows", "1 row", "2 rows"]);
});

test("a share is 100% only when nothing is left", () => {
  expect([0, 0.005, 0.5, 0.9999, 1].map(formatShare)).toEqual(["0%", "1%", "50%", "99%", "100%"]);
});

test.each([
  [0, "0ms"],
  [850.4, "850ms"],
  [1000, "1s"],
  [12_345, "12.3s"],
  [59_949, "59.9s"],
  [59_950, "1m 0s"],
  [125_000, "2m 5s"],
  [3_840_000, "1h 4m"],
])("%d milliseconds read %s", (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

describe("how long ago", () => {
  const now = Date.parse("2026-07-03T12:00:00Z");
  test.each([
    ["2026-07-03T12:00:04Z", "just now"],
    ["2026-07-03T11:59:58Z", "just now"],
    ["2026-07-03T11:59:18Z", "40 sec ago"],
    ["2026-07-03T11:55:00Z", "5 min ago"],
    ["2026-07-03T09:00:00Z", "3 hr ago"],
    ["2026-07-02T11:00:00Z", "yesterday"],
    ["2026-05-02T12:00:00Z", "2 May 2026"],
  ])("%s was %s", (time, text) => {
    expect(formatAgo(time, now)).toBe(text);
  });
});
