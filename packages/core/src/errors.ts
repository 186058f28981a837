import * as z from "zod";

/** Codes a conversion can end with: written by the Glue job, or by the API where it already knows. */
export const ConversionErrorCode = z
  .enum([
    "not_parquet",
    "corrupt_file",
    "encrypted_file",
    "unsupported_feature",
    "unknown_column",
    "invalid_utf8",
    "limit_exceeded",
    "timed_out",
    "input_missing",
    "out_of_memory",
    "stopped",
    "internal",
  ])
  .meta({ id: "ConversionErrorCode", description: "Why a conversion failed. Stable." });
export type ConversionErrorCode = z.infer<typeof ConversionErrorCode>;

/** Codes an API call can fail with; those of a conversion are among them, as a check before the start may know. */
export const ErrorCode = z
  .enum([
    ...ConversionErrorCode.options,
    "invalid_request",
    "invalid_cursor",
    "job_not_found",
    "not_found",
    "method_not_allowed",
    "not_ready",
    "wrong_status",
    "too_large",
    "unsupported_media_type",
    "throttled",
    "unavailable",
  ])
  .meta({ id: "ErrorCode", description: "What went wrong with the request. Stable." });
export type ErrorCode = z.infer<typeof ErrorCode>;

/** The one error of unparquet: a stable code, and a message a person can act on (it may be shown to the caller). */
export class UnparquetError extends Error {
  override readonly name = "UnparquetError";
  readonly code: ErrorCode;
  /** Seconds after which trying again makes sense, where that is known. */
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions & { retryAfter?: number }) {
    super(message, options);
    this.code = code;
    this.retryAfter = options?.retryAfter;
  }
}
