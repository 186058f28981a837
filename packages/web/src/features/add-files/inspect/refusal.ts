import { EngineError } from "@unparquet/core/conversion/engine";

/** Whether a conversion would fail with the same error. Memory and defects are this browser's own. */
export function isRefusal({ code }: EngineError): boolean {
  return code !== "out_of_memory" && code !== "internal";
}

/** Why a file cannot be converted, and what to do about it. */
export function describeRefusal({ code, message }: EngineError): string {
  switch (code) {
    case "not_parquet":
      return `Not a Parquet file: ${message}.`;
    case "corrupt_file":
      return `The file is damaged: ${message}. Write or copy it again.`;
    case "encrypted_file":
      return "The file is encrypted. Decrypt it before you convert it.";
    case "input_missing":
      return `The file cannot be read: ${message}.`;
    default:
      return `The file cannot be converted: ${message}.`;
  }
}

/** Why part of a preview cannot be shown. */
export function describeFailure(error: Error): string {
  if (!(error instanceof EngineError)) return error.message;
  if (isRefusal(error)) return `The conversion would fail: ${error.message}.`;
  return error.code === "out_of_memory"
    ? "The preview needs more memory than this browser has."
    : "The preview failed.";
}
