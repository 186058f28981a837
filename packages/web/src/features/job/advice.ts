import type { ConversionErrorCode } from "@unparquet/core/errors";

const advice: Record<ConversionErrorCode, string> = {
  not_parquet: "Check that it is a Parquet file and not, say, a CSV with another name, then upload it again.",
  corrupt_file: "The file was damaged when it was written or copied. Write or copy it again, then upload it.",
  encrypted_file: "Decrypt the file, or write it without encryption, then upload it again.",
  unsupported_feature: "Write the file again without that feature: most writers have a setting for it.",
  unknown_column:
    "Try again with columns the file has. Names are case-sensitive; nested ones are written a.b.",
  invalid_utf8: "A column that says it is text holds other bytes. Write that column as binary, or repair it.",
  limit_exceeded: "Try again with fewer columns or rows, or split the file.",
  timed_out: "Try again with fewer columns or rows, or split the file.",
  out_of_memory: "Try again: the next attempt gets more memory.",
  stopped: "Try again.",
  input_missing: "Uploaded files are kept for 30 days. Upload it again.",
  internal: "Try again. If it happens again, the log of the run says more.",
};

/** What a person can do about a conversion that failed. */
export const adviceFor = (code: ConversionErrorCode): string => advice[code];
