import { Hono } from "hono";
import { convert } from "./convert.ts";
import { download } from "./download.ts";
import { type ApiEnv, api } from "./http.ts";
import { jobs } from "./jobs.ts";
import { status } from "./status.ts";
import { trigger } from "./trigger.ts";
import { upload } from "./upload.ts";

export const routes = new Hono<ApiEnv>()
  .route("/", upload)
  .route("/", trigger)
  .route("/", convert)
  .route("/", status)
  .route("/", download)
  .route("/", jobs);

/** Types the dashboard's client. */
export type App = typeof routes;

/** The whole API as one app, for the local server and the tests. */
export const app = api(routes);
