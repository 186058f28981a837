import { EngineError } from "@unparquet/core/conversion/engine";
import { expect, test } from "vitest";
import { describeFailure, describeRefusal } from "./refusal.ts";

test.each([
  ["not_parquet", "the file is empty", "Not a Parquet file: the file is empty."],
  ["corrupt_file", "page 3", "The file is damaged: page 3. Write or copy it again."],
  ["encrypted_file", "a column", "The file is encrypted. Decrypt it before you convert it."],
  ["input_missing", "it was moved", "The file cannot be read: it was moved."],
  ["unsupported_feature", "LZO", "The file cannot be converted: LZO."],
] as const)("a file refused with %s says why, and what to do", (code, message, text) => {
  expect(describeRefusal(new EngineError(code, message))).toBe(text);
});

test.each([
  [new EngineError("invalid_utf8", "column raw"), "The conversion would fail: column raw."],
  [new EngineError("out_of_memory", ""), "The preview needs more memory than this browser has."],
  [new EngineError("internal", ""), "The preview failed."],
  [new Error("Part of this page failed to load."), "Part of this page failed to load."],
])("a preview that fails with %s says whether the conversion would, too", (error, text) => {
  expect(describeFailure(error)).toBe(text);
});
