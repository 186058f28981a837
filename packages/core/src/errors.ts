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

const throttlingNames = new Set([
  "ThrottlingException",
  "ThrottledException",
  "TooManyRequestsException",
  "RequestLimitExceeded",
  "ProvisionedThroughputExceededException",
  "SlowDown",
  // Another transaction is at the item.
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

type AwsLike = Error & { code?: unknown; $metadata?: { httpStatusCode?: number } };

/** The error an AWS client raised, found under whatever libraries wrapped around it. */
const rootOf = (error: unknown): AwsLike | undefined => {
  if (!(error instanceof Error)) return undefined;
  return rootOf(error.cause) ?? error;
};

export const isThrottling = (error: unknown): boolean => throttlingNames.has(rootOf(error)?.name ?? "");

/** Whether the request itself is wrong: the same call would be refused again, and has changed nothing. */
export const isClientError = (error: unknown): boolean => {
  const status = rootOf(error)?.$metadata?.httpStatusCode;
  return status !== undefined && status >= 400 && status < 500 && !isThrottling(error);
};

/** Whether DynamoDB refuses the request for what it says, such as an item over 400 KB. */
export const isValidationError = (error: unknown): boolean => rootOf(error)?.name === "ValidationException";

export const hasName = (error: unknown, ...names: string[]): boolean =>
  error instanceof Error && names.includes(error.name);

/**
 * Whether S3 says that there is no such object. A caller that may not list the bucket is told 403 instead of 404:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export const isMissingObject = (error: unknown): boolean => {
  const status = rootOf(error)?.$metadata?.httpStatusCode;
  return status === 404 || status === 403;
};

/** The error to tell a caller, if AWS is busy or out of reach and trying again later makes sense. */
export const asTemporary = (error: unknown): UnparquetError | undefined => {
  const root = rootOf(error);
  if (!root) return undefined;
  if (isThrottling(root)) {
    return new UnparquetError("throttled", "Too many requests at once. Try again shortly.", { cause: error });
  }
  const status = root.$metadata?.httpStatusCode ?? 0;
  if (status >= 500 || unreachableNames.has(root.name) || unreachableCodes.has(String(root.code))) {
    return new UnparquetError("unavailable", "A service this needs does not answer. Try again shortly.", {
      cause: error,
    });
  }
  return undefined;
};
