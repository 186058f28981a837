import { type ErrorCode, toRetryableError, UnparquetError } from "@unparquet/core/errors";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { type Problem, problems } from "../contract/problem.ts";
import type { ApiEnv } from "./api.ts";

/** Seconds after which trying again makes sense, unless the error says so itself. */
const waits: Partial<Record<ErrorCode, number>> = { throttled: 1, unavailable: 5 };

/** What Hono and its validators refuse before a handler sees it. */
const fromHttpException = ({ status, message }: HTTPException): UnparquetError | undefined => {
  switch (status) {
    case 400:
      return new UnparquetError("invalid_request", message);
    case 413:
      return new UnparquetError("too_large", message);
    default:
      return undefined;
  }
};

const asUnparquetError = (error: Error): UnparquetError => {
  if (error instanceof UnparquetError) return error;
  const known = error instanceof HTTPException ? fromHttpException(error) : toRetryableError(error);
  return known ?? new UnparquetError("internal", "Something went wrong on our side.", { cause: error });
};

/** Every error of the API, as RFC 9457 problem details. */
export const problemResponse = (error: Error, c: Context<ApiEnv>): Response => {
  const { code, message, cause, retryAfter } = asUnparquetError(error);
  const { status, title } = problems[code];
  // Of the caller's own mistakes API Gateway's access log says enough.
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
  const wait = retryAfter ?? waits[code];
  if (wait !== undefined) c.header("Retry-After", String(wait));
  return c.body(JSON.stringify(problem), status);
};
