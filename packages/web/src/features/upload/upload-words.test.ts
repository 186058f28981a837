import { expect, test } from "vitest";
import { describeProgress, describeTimeLeft } from "./upload-words.ts";

test.each([
  [1, "5 s left"],
  [12, "15 s left"],
  [55, "55 s left"],
  [56, "1 min left"],
  [61, "2 min left"],
  [59 * 60, "59 min left"],
  [3600, "1 h left"],
  [3600 + 25 * 60, "1 h 20 min left"],
  [72 * 3600, "3 days left"],
])("%i seconds are %s", (seconds, words) => {
  expect(describeTimeLeft(seconds * 1000, 1000)).toBe(words);
});

test("a speed that is not known is not told, nor what follows from it", () => {
  expect(describeProgress(1_000_000, 4_000_000, 0)).toBe("1 MB");
  expect(describeProgress(1_000_000, 4_000_000, 100_000)).toBe("1 MB · 100 kB/s · 30 s left");
});
