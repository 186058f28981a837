import { expect, test } from "vitest";
import { summarizeChange } from "./summarize-change.ts";
import type { Upload } from "./upload-queue.ts";

const uploading = { phase: "uploading" } as const;
const started = { phase: "started" } as const;
const refused = { phase: "refused", reason: "The file is empty." } as const;
const list = (...states: Partial<Upload>[]) =>
  states.map((state, index) => ({ id: String(index), ...state }) as Upload);

test("that uploads begin is said once", () => {
  expect(summarizeChange([], list(uploading))).toBe("Uploading 1 file");
  expect(summarizeChange(list(uploading), list(uploading, uploading, uploading))).toBe("Uploading 2 files");
});

test("one of several that ends is not worth an interruption, the last one is", () => {
  expect(summarizeChange(list(uploading, uploading), list(started, uploading))).toBeUndefined();
  expect(summarizeChange(list(started, uploading), list(started, started))).toBe("2 files uploaded.");
  expect(summarizeChange(list(started, uploading), list(started, refused))).toBe(
    "1 file uploaded. 1 file not uploaded.",
  );
});

test("that nobody answers is told once, and when that is over", () => {
  const lost = { ...uploading, trouble: "The storage does not answer." };
  expect(summarizeChange(list(uploading, uploading), list(lost, uploading))).toContain(
    "The storage does not answer.",
  );
  expect(summarizeChange(list(lost, uploading), list(lost, lost))).toBeUndefined();
  expect(summarizeChange(list(lost), list(uploading))).toBe("Uploads resumed.");
});
