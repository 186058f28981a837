import type { Logger } from "@aws-lambda-powertools/logger";
import { MiB } from "@unparquet/core/deployment";
import { type ErrorCode, toRetryableError, UnparquetError } from "@unparquet/core/errors";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { handle, type LambdaContext, type LambdaEvent } from "hono/aws-lambda";
import { bodyLimit } from "hono/body-limit";
import { HTTPException } from "hono/http-exception";
import { methodNotAllowed } from "hono/method-not-allowed";
import { requestId } from "hono/request-id";
import { logger } from "./logger.ts";
import { problems } from "./problem.ts";

export interface ApiEnv {
  Variables: { requestId: string; logger: Logger };
  Bindings: {
    /** On Lambda. */
    lambdaContext?: LambdaContext;
    event?: LambdaEvent;
    /** On Node. */
    incoming?: { socket: { remoteAddress?: string } };
  };
}

/** The address a request came from; undefined in tests. */
export function callerOf(c: Context<ApiEnv>): string | undefined {
  const { event, incoming } = c.env ?? {};
  if (event && "http" in event.requestContext) return event.requestContext.http.sourceIp;
  return incoming?.socket.remoteAddress;
}

/** Maximum request body in bytes. Lambda events are limited to 6 MB, in which a binary body is base64. */
export const bodyMaxBytes = 4 * MiB;

/** Default Retry-After in seconds. */
const retryAfterSeconds: Partial<Record<ErrorCode, number>> = { throttled: 1, unavailable: 5 };

function asUnparquetError(error: Error): UnparquetError {
  if (error instanceof UnparquetError) return error;
  // Hono's validator throws these for malformed JSON.
  if (error instanceof HTTPException && error.status === 400) {
    return new UnparquetError("invalid_request", error.message);
  }
  return (
    toRetryableError(error) ??
    new UnparquetError("internal", "Something went wrong on our side.", { cause: error })
  );
}

/** Turns any error into an RFC 9457 response. */
function problemResponse(error: Error, c: Context<ApiEnv>): Response {
  const { code, message, cause, retryAfter } = asUnparquetError(error);
  const { status, title } = problems[code];
  // Client errors are in API Gateway's access log.
  if (cause !== undefined || status >= 500) {
    const { method, path } = c.req;
    c.var.logger.error(message, { code, method, path, error: cause instanceof Error ? cause : error });
  }
  const problem = {
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

function notFound(c: Context<ApiEnv>): Response {
  return problemResponse(new UnparquetError("not_found", `${c.req.path} does not exist.`), c);
}

/** Stops browsers from treating JSON as a page or script. Pages set a policy of their own. */
const dataOnly: MiddlewareHandler = async (c, next) => {
  await next();
  c.header("X-Content-Type-Options", "nosniff");
  if (!c.res.headers.has("Content-Security-Policy")) {
    c.header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  }
};

/**
 * Serves routes with what every request gets: an id, a logger, a body limit, problem details and security headers.
 * @param known routes for which another method is answered 405 instead of 404; by default the routes served
 */
export function api(routes: Hono<ApiEnv>, known = routes): Hono<ApiEnv> {
  return (
    new Hono<ApiEnv>()
      .onError(problemResponse)
      .use(dataOnly)
      .use(requestId({ generator: (c) => c.env?.lambdaContext?.awsRequestId ?? crypto.randomUUID() }))
      .use(async (c, next) => {
        c.set("logger", logger.createChild({ persistentKeys: { requestId: c.var.requestId } }));
        await next();
      })
      .use(
        bodyLimit({
          maxSize: bodyMaxBytes,
          onError: () => {
            throw new UnparquetError(
              "too_large",
              `A request body can have at most ${bodyMaxBytes} bytes. To upload a larger file, POST its filename and ` +
                "size as JSON to /upload, then PUT the file to the URL in the response.",
            );
          },
        }),
      )
      .use(
        methodNotAllowed<ApiEnv>({
          app: known,
          onMethodNotAllowed: (c, methods) => {
            const allow = methods.join(", ");
            c.header("Allow", allow);
            const detail = `${c.req.path} does not support ${c.req.method}. Use ${allow}.`;
            return problemResponse(new UnparquetError("method_not_allowed", detail), c);
          },
        }),
      )
      .route("/", routes)
      // A route and not `notFound`, which is ignored when this app is mounted in another.
      .all("*", notFound)
  );
}

/** The Lambda handler that serves these routes behind API Gateway. */
export function lambda(...routes: Parameters<typeof api>) {
  return handle(api(...routes));
}
