import type { RouteConfig } from "@hono/zod-openapi";

type Request = Pick<NonNullable<RouteConfig["request"]>, "params" | "query" | "body">;

/** A route as `@hono/zod-openapi` has it, with no more than http/routes.ts validates. */
export interface Route extends Omit<RouteConfig, "request"> {
  /** What generated clients call the operation. */
  operationId: string;
  request?: Request;
}

/**
 * Declares a route. Types only are taken from `@hono/zod-openapi`: its code brings the generator of the documentation and all
 * of Zod's translations, half a megabyte, into every function.
 */
export const createRoute = <Path extends string, Declared extends Omit<Route, "path"> & { path: Path }>(
  route: Declared,
): Declared => route;
