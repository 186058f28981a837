import type { ErrorCode } from "@unparquet/core/errors";

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
