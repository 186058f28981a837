// All deployed functions in one process: the API on $API_PORT, and the handler of runs' ends, for Glue's events on $EVENTS_PORT
// and those in the queue $RUN_EVENTS. platform.ts starts it with the environment of a deployed function, and restarts it after
// each edit.
import { setTimeout as sleep } from "node:timers/promises";
import { cors as rules } from "@unparquet/core/deployment";
import { app } from "@unparquet/functions/app";
import { dashboard } from "@unparquet/functions/dashboard";
import { docs } from "@unparquet/functions/docs/build";
import { Hono } from "hono";
import { cors } from "hono/cors";
import type { GlueJobStateChange } from "./glue/events.ts";
import { reconcile, runEnded } from "./lambda.ts";
import { isLocalOrigin, refusePages, serve } from "./lib/serve.ts";
import { receiveRunEvents } from "./run-events.ts";

/** In milliseconds. A deployed stage reconciles every minute, which is too long to wait for a lost event on a laptop. */
const RECONCILE_INTERVAL = 5_000;

/** The API's documentation, which the dashboard's function serves in a deployment. */
const pages = dashboard(await docs(process.env.DASHBOARD_URL), []);

/** Stands in for API Gateway. Pages from other machines are refused: they could read and delete jobs. */
const gateway = new Hono()
  .use(
    cors({
      origin: (origin) => (isLocalOrigin(origin) ? origin : null),
      ...rules,
      maxAge: 86_400,
    }),
  )
  .use(async (c, next) => {
    const origin = c.req.header("origin");
    if (origin !== undefined && !isLocalOrigin(origin)) return c.json({ message: "Forbidden" }, 403);
    return next();
  })
  .on("GET", ["/docs", "/docs/*", "/openapi.json"], (c) => pages.fetch(c.req.raw))
  .route("/", app);

const events = new Hono().post("/run-ended", refusePages, async (c) => {
  await runEnded(await c.req.json<GlueJobStateChange>());
  return c.body(null, 204);
});

const servers = await Promise.all([
  serve(gateway.fetch, Number(process.env.API_PORT)),
  serve(events.fetch, Number(process.env.EVENTS_PORT)),
]);

const stopping = new AbortController();

async function reconcileForever(): Promise<void> {
  while (!stopping.signal.aborted) {
    await reconcile().catch((error: unknown) => console.error("reconcile:", error));
    await sleep(RECONCILE_INTERVAL, undefined, { signal: stopping.signal }).catch(() => undefined);
  }
}
const working = [
  reconcileForever(),
  receiveRunEvents(process.env.RUN_EVENTS ?? "", runEnded, stopping.signal),
];

async function stop(): Promise<void> {
  stopping.abort();
  await Promise.all([...servers.map((server) => server.stop()), ...working]);
  process.exit(0);
}
process.once("SIGTERM", stop);
