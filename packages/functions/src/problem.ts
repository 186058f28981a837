import { asTemporary, type ErrorCode, UnparquetError } from "@unparquet/core/errors";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ApiEnv } from "./http.ts";
import type { Problem } from "./schemas.ts";

/** HTTP status and title of each error code. */
export const problems = {
  invalid_request: { status: 400, title: "The request is not valid" },
  invalid_cursor: { status: 400, title: "The cursor is not valid" },
  job_not_found: { status: 404, title: "The job does not exist" },
  not_found: { status: 404, title: "The path does not exist" },
  method_not_allowed: { status: 405, title: "The method is not allowed" },
  input_missing: { status: 409, title: "The file has not been uploaded" },
  not_ready: { status: 409, title: "The result is not ready" },
  wrong_status: { status: 409, title: "The job's status does not allow this" },
  too_large: { status: 413, title: "The request is too large" },
  unsupported_media_type: { status: 415, title: "The content type is not supported" },
  not_parquet: { status: 422, title: "The file is not a Parquet file" },
  corrupt_file: { status: 422, title: "The file is damaged" },
  encrypted_file: { status: 422, title: "The file is encrypted" },
  unsupported_feature: { status: 422, title: "The file uses an unsupported feature" },
  unknown_column: { status: 422, title: "The file does not have this column" },
  invalid_utf8: { status: 422, title: "The file contains text that is not UTF-8" },
  limit_exceeded: { status: 422, title: "The file exceeds a limit" },
  timed_out: { status: 422, title: "The conversion took too long" },
  out_of_memory: { status: 422, title: "The conversion ran out of memory" },
  stopped: { status: 422, title: "The conversion was stopped" },
  throttled: { status: 429, title: "Too many requests" },
  internal: { status: 500, title: "Something went wrong" },
  unavailable: { status: 503, title: "The service is temporarily unavailable" },
} as const satisfies Record<ErrorCode, { status: number; title: string }>;

/** Default Retry-After in seconds. */
const retryAfterSeconds: Partial<Record<ErrorCode, number>> = { throttled: 1, unavailable: 5 };

function asUnparquetError(error: Error): UnparquetError {
  if (error instanceof UnparquetError) return error;
  // Hono's validator throws these for malformed JSON.
  if (error instanceof HTTPException && error.status === 400) {
    return new UnparquetError("invalid_request", error.message);
  }
  return (
    asTemporary(error) ??
    new UnparquetError("internal", "Something went wrong on our side.", { cause: error })
  );
}

/** Turns any error into an RFC 9457 response. */
export function problemResponse(error: Error, c: Context<ApiEnv>): Response {
  const { code, message, cause, retryAfter } = asUnparquetError(error);
  const { status, title } = problems[code];
  // Client errors are in API Gateway's access log.
  if (cause !== undefined || status >= 500) {
    const { method, path } = c.req;
    c.var.logger.error(message, { code, method, path, error: cause instanceof Error ? cause : error });
  }
  const problem: Problem = {
    type: `/docs#${code}`,
    title,
    status,
    detail: message,
    code,
    requestId: c.var.requestId,
  };
  c.header("Content-Type", "application/problem+json");
  const seconds = retryAfter ?? retryAfterSeconds[code];
  if (seconds !== undefined) c.header("Retry-After", String(seconds));
  return c.body(JSON.stringify(problem), status);
}
