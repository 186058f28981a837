import * as z from "zod";

/** Codes that a conversion can fail with, set by the converter or by the API. */
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

/** Codes that an API call can fail with. Includes the conversion codes, since the API checks files before a run. */
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

/** An error with a stable code and a message for the caller. */
export class UnparquetError extends Error {
  override readonly name = "UnparquetError";
  readonly code: ErrorCode;
  /** Seconds to wait before a retry, if known. */
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions & { retryAfter?: number }) {
    super(message, options);
    this.code = code;
    this.retryAfter = options?.retryAfter;
  }
}

const throttlingNames = new Set([
  "ThrottlingException",
  "ThrottledException",
  "TooManyRequestsException",
  "RequestLimitExceeded",
  "ProvisionedThroughputExceededException",
  "SlowDown",
  "TransactionConflictException",
]);

const unreachableNames = new Set(["TimeoutError", "RequestTimeout", "AbortError"]);
const unreachableCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
]);

type AwsError = Error & { code?: unknown; $metadata?: { httpStatusCode?: number } };

/** The AWS client's own error, inside the errors of libraries that wrap it. */
function rootCause(error: unknown): AwsError | undefined {
  if (!(error instanceof Error)) return undefined;
  return rootCause(error.cause) ?? error;
}

function httpStatus(error: unknown): number {
  return rootCause(error)?.$metadata?.httpStatusCode ?? 0;
}

export function isThrottling(error: unknown): boolean {
  return throttlingNames.has(rootCause(error)?.name ?? "");
}

/** Whether the request itself is wrong, so that it changed nothing and a retry would fail again. */
export function isClientError(error: unknown): boolean {
  const status = httpStatus(error);
  return status >= 400 && status < 500 && !isThrottling(error);
}

/** Whether DynamoDB rejects the request's content, such as an item over 400 KB. */
export function isValidationError(error: unknown): boolean {
  return rootCause(error)?.name === "ValidationException";
}

export function hasName(error: unknown, ...names: string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

/**
 * Whether S3 has no such object. A caller that may not list the bucket gets 403 instead of 404:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export function isMissingObject(error: unknown): boolean {
  return httpStatus(error) === 404 || httpStatus(error) === 403;
}

/** Whether AWS is busy or unreachable, so that a retry may succeed. */
function isTransient(error: AwsError): boolean {
  return (
    httpStatus(error) >= 500 || unreachableNames.has(error.name) || unreachableCodes.has(String(error.code))
  );
}

/** `throttled` or `unavailable` if AWS is busy or unreachable, otherwise undefined. */
export function toRetryableError(cause: unknown): UnparquetError | undefined {
  const root = rootCause(cause);
  if (isThrottling(root)) {
    return new UnparquetError("throttled", "Too many requests at once. Try again shortly.", { cause });
  }
  if (root && isTransient(root)) {
    return new UnparquetError("unavailable", "An AWS service is not responding. Try again shortly.", {
      cause,
    });
  }
  return undefined;
}
