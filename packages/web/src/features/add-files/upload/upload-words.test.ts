import { expect, test } from "vitest";
import type { Upload } from "./upload-queue.ts";
import { describeProgress, describeState, describeTimeLeft, shareOfBatch } from "./upload-words.ts";

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

const upload = (bytes: number, state: Partial<Upload>) =>
  ({ file: new File(["x".repeat(bytes)], "a"), batch: 1, stored: 0, moving: 0, ...state }) as Upload;

test("the share of a batch counts its files by size, and those that are uploaded", () => {
  const before = upload(1000, { phase: "started" });
  expect(shareOfBatch([])).toBeUndefined();
  expect(shareOfBatch([before])).toBeUndefined();
  const list = [
    before,
    upload(20, { batch: 2, phase: "started" }),
    upload(40, { batch: 2, phase: "uploading", stored: 4, moving: 6 }),
    upload(40, { batch: 2, phase: "waiting" }),
    upload(500, { batch: 2, phase: "refused", reason: "Empty" }),
  ];
  expect(shareOfBatch(list)).toBe(0.3);
});

test("why it is tried again is what the browser knows, or who does not answer", () => {
  const waits = upload(4, { phase: "uploading", trouble: "The storage does not answer." });
  expect(describeState(waits, true)).toBe("The storage does not answer. Retrying…");
  expect(describeState(waits, false)).toBe("Offline — resumes automatically");
});
