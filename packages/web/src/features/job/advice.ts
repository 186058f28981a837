import type { ConversionErrorCode } from "@unparquet/core/errors";
import type { Job } from "@unparquet/core/job/schema";

const advice: Record<ConversionErrorCode, string> = {
  not_parquet:
    "Check that this is a Parquet file, not a CSV with another name, and that it is complete. Then upload it again.",
  corrupt_file: "The file was damaged when it was written or copied. Write or copy it again, then upload it.",
  encrypted_file: "Decrypt the file, or write it without encryption, then upload it again.",
  unsupported_feature: "Write the file again without that feature: most writers have a setting for it.",
  unknown_column:
    "Try again with columns the file has. Names are case-sensitive; nested ones are written a.b.",
  invalid_utf8:
    "Try again with Text that is not UTF-8 set to replace invalid bytes or to write all text as binary.",
  limit_exceeded: "Try again with fewer columns or rows, or split the file.",
  timed_out: "Try again with fewer columns or rows, or split the file.",
  out_of_memory: "Try again: the next attempt gets more memory.",
  stopped: "Try again.",
  input_missing: "Uploaded files are kept for 30 days. Upload it again.",
  internal: "Try again. If it keeps failing, look at the log of the run.",
};

/** What a person can do about a conversion that failed. */
export function adviceFor(code: ConversionErrorCode, { binary }: Job["options"]): string {
  // With Text (UTF-8) the invalid bytes may be those of a binary column.
  if (code === "invalid_utf8" && binary === "utf8")
    return "For a binary column, try again with Binary set to Base64 or Hexadecimal. For a text column, change Text that is not UTF-8.";
  return advice[code];
}

/** Errors that a retry meets again, whatever its options. */
const permanent: ReadonlySet<ConversionErrorCode> = new Set([
  "not_parquet",
  "corrupt_file",
  "encrypted_file",
  "input_missing",
]);

export const isPermanent = (code: ConversionErrorCode): boolean => permanent.has(code);
