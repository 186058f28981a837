import type { Logger } from "@aws-lambda-powertools/logger";
import { type Hook, OpenAPIHono } from "@hono/zod-openapi";
import { UnparquetError } from "@unparquet/core/errors";
import type { NotFoundHandler } from "hono";
import type { LambdaContext } from "hono/aws-lambda";
import { bodyLimit } from "hono/body-limit";
import { requestId } from "hono/request-id";
import type { z } from "zod";
import { methodsOf } from "../contract/routes.ts";
import { directUploadMaxBytes } from "../contract/upload.ts";
import { logger } from "../observe/logger.ts";
import { problemResponse } from "./problem.ts";

export interface ApiEnv {
  Variables: { requestId: string; logger: Logger };
  /** Outside Lambda there is no such context, nor any bindings at all. */
  Bindings: { lambdaContext?: LambdaContext };
}

const describe = ({ issues }: z.ZodError): string =>
  issues.map(({ path, message }) => (path.length ? `${path.join(".")}: ${message}` : message)).join("; ");

const invalid = (error: z.ZodError) => new UnparquetError("invalid_request", describe(error));

const refuseInvalid: Hook<unknown, ApiEnv, string, void> = (result) => {
  if (!result.success) throw invalid(result.error);
};

/** Validates what no route's own schema covers. Throws `invalid_request`. */
export const parse = <Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error);
};

/** An app for the routes of one capability. */
export const routesApp = () => new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid });

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

/** An app to mount capabilities on: with what every request gets, whatever its route. */
export const api = () => {
  const app = new OpenAPIHono<ApiEnv>();
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
