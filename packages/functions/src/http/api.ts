import type { Logger } from "@aws-lambda-powertools/logger";
import { UnparquetError } from "@unparquet/core/errors";
import { Hono, type MiddlewareHandler, type NotFoundHandler } from "hono";
import type { LambdaContext, LambdaEvent } from "hono/aws-lambda";
import { bodyLimit } from "hono/body-limit";
import { requestId } from "hono/request-id";
import { methodsOf } from "../contract/routes.ts";
import { directUploadMaxBytes } from "../contract/upload.ts";
import { logger } from "../observe/logger.ts";
import { problemResponse } from "./problem.ts";

export interface ApiEnv {
  Variables: { requestId: string; logger: Logger };
  /** Outside Lambda there is no such context, nor any bindings at all. */
  Bindings: { lambdaContext?: LambdaContext; event?: Pick<LambdaEvent, "headers"> };
}

/** Says that there is no such path, or that it does not take the method. */
export const unknownRoute: NotFoundHandler<ApiEnv> = (c) => {
  const methods = methodsOf(c.req.path);
  if (methods.length === 0) {
    return problemResponse(new UnparquetError("not_found", `There is no ${c.req.path}.`), c);
  }
  const allow = methods.join(", ");
  c.header("Allow", allow);
  const detail = `${c.req.path} takes ${allow}, not ${c.req.method}.`;
  return problemResponse(new UnparquetError("method_not_allowed", detail), c);
};

/** Keeps a browser from taking an answer for anything but data. Pages have policies of their own. */
const dataOnly: MiddlewareHandler = async (c, next) => {
  await next();
  c.header("X-Content-Type-Options", "nosniff");
  if (!c.res.headers.has("Content-Security-Policy")) {
    c.header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  }
};

/** An app to mount capabilities on: with what every request gets, whatever its route. */
export const api = () => {
  const app = new Hono<ApiEnv>();
  app.use(dataOnly);
  app.use(requestId({ generator: (c) => c.env?.lambdaContext?.awsRequestId ?? crypto.randomUUID() }));
  app.use(async (c, next) => {
    c.set("logger", logger.createChild({ persistentKeys: { requestId: c.var.requestId } }));
    await next();
  });
  app.use(
    bodyLimit({
      maxSize: directUploadMaxBytes,
      onError: () => {
        throw new UnparquetError(
          "too_large",
          `A request's body has at most ${directUploadMaxBytes} bytes. To upload a larger file, POST its filename and ` +
            "size as JSON to /upload, and PUT the file to the URL in the answer.",
        );
      },
    }),
  );
  app.onError(problemResponse);
  app.notFound(unknownRoute);
  return app;
};
