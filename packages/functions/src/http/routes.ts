import type { OpenAPIHono } from "@hono/zod-openapi";
import { UnparquetError } from "@unparquet/core/errors";
import { type Handler, Hono, type MiddlewareHandler } from "hono";
import { validator } from "hono/validator";
import * as z from "zod";
import type { Route } from "../contract/route.ts";
import type { ApiEnv } from "./api.ts";
import { parse } from "./parse.ts";

/** Refuses a body of a content type that the route does not declare, and one that does not say what it is. */
const declaredTypes =
  (types: string[]): MiddlewareHandler =>
  async (c, next) => {
    const type = c.req.header("Content-Type")?.split(";")[0]?.trim().toLowerCase();
    const known = type === undefined ? (await c.req.arrayBuffer()).byteLength === 0 : types.includes(type);
    if (!known) {
      const detail = "The body's content type is not one this route takes.";
      throw new UnparquetError("unsupported_media_type", detail);
    }
    await next();
  };

/** The text of a body. Undefined for bytes that are not UTF-8, which would be read as U+FFFD. */
function decode(body: ArrayBuffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
}

/** Refuses a body that is not UTF-8. */
const utf8: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const body = await c.req.arrayBuffer();
  const text = decode(body);
  // API Gateway hands JSON on as text. Where it has put U+FFFD for other bytes, these are no longer as many as were sent.
  const sent = c.env?.event?.headers?.["content-length"];
  const isMended = text?.includes("\uFFFD") && sent !== undefined && Number(sent) !== body.byteLength;
  if (text === undefined || isMended) throw new UnparquetError("invalid_request", "The body is not UTF-8.");
  await next();
};

const validated = (target: "query" | "param" | "json", schema: unknown): MiddlewareHandler[] =>
  schema instanceof z.ZodType ? [validator(target, (value) => parse(schema, value))] : [];

const validators = ({ query, params, body }: NonNullable<Route["request"]>): MiddlewareHandler[] => {
  const json = body?.content["application/json"];
  return [
    ...validated("query", query),
    ...validated("param", params),
    ...(body ? [declaredTypes(Object.keys(body.content))] : []),
    ...(json ? [utf8] : []),
    ...validated("json", json && "schema" in json && json.schema),
  ];
};

class RoutesApp extends Hono<ApiEnv> {
  openapi({ method, path, middleware = [], request = {} }: Route, handler: Handler<ApiEnv>) {
    const template = path.replaceAll(/\{(\w+)\}/g, ":$1");
    return this.on([method], [template], ...[middleware].flat(), ...validators(request), handler);
  }
}

/**
 * An app for the routes of one capability. `openapi` serves a declared route, validates what comes in by its schemas, and types
 * what its handler gets and may answer: as `OpenAPIHono` does, whose types these are, without its documentation of the routes.
 */
export const routesApp = () =>
  new RoutesApp() as unknown as Omit<
    OpenAPIHono<ApiEnv>,
    "openAPIRegistry" | "defaultHook" | "openapiRoutes" | `getOpenAPI${string}` | `doc${string}`
  >;
