import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { dashboard as dashboardRoutes, staticFiles } from "@unparquet/functions/dashboard";
import { type Server, serve } from "@unparquet/local/lib/serve";
import { laneSizes } from "@unparquet/local/platform";
import { routeOf } from "@unparquet/testing/api/routes";
import { Hono } from "hono";
import { proxy } from "hono/proxy";
import type { Product } from "./product.ts";

const root = path.join(import.meta.dirname, "../../..");

/** Builds the dashboard and the API's documentation into a folder, as a deployment does. */
export async function buildDashboard(folder: string): Promise<void> {
  // Vitest says to be a development environment, which would get another React.
  const { NODE_ENV: _, ...inherited } = process.env;
  const env = { ...inherited, ...laneSizes };
  const vite = path.join(root, "node_modules/vite/bin/vite.js");
  const node = (...args: string[]) => promisify(execFile)(process.execPath, args, { cwd: root, env });
  await node(vite, "build", "packages/web", "--outDir", folder);
  await node("packages/functions/src/docs/build.ts", folder);
}

/** Serves a built dashboard, with the API of a product that runs at the same origin, as behind API Gateway. */
export async function serveBuilt(
  folder: string,
  { api, aws }: Pick<Product, "api" | "aws">,
): Promise<Server> {
  const dashboard = dashboardRoutes(await staticFiles(folder), [aws]);
  const gateway = new Hono().all("*", (c) => {
    const { pathname, search } = new URL(c.req.url);
    if (!routeOf(c.req.method, pathname)) return dashboard.fetch(c.req.raw);
    return proxy(`${api}${pathname}${search}`, { raw: c.req.raw, redirect: "manual" });
  });
  return serve(gateway.fetch, 0);
}
