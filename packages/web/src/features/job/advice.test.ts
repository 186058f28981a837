import { Options } from "@unparquet/core/conversion/options";
import { expect, test } from "vitest";
import { adviceFor, isPermanent } from "./advice.ts";

test("invalid text is blamed on the column's type only if binary columns are not written as text", () => {
  expect(adviceFor("invalid_utf8", Options.parse({}))).toContain("replace invalid bytes");
  expect(adviceFor("invalid_utf8", Options.parse({ binary: "utf8" }))).toContain("Base64 or Hexadecimal");
});

test("a retry is recommended unless it would meet the same error", () => {
  expect(isPermanent("not_parquet")).toBe(true);
  expect(isPermanent("corrupt_file")).toBe(true);
  expect(isPermanent("unknown_column")).toBe(false);
  expect(isPermanent("timed_out")).toBe(false);
});
