import { docsApp } from "./apps/docs.ts";
import { downloadApp } from "./apps/download.ts";
import { jobsApp } from "./apps/jobs.ts";
import { statusApp } from "./apps/status.ts";
import { triggerApp } from "./apps/trigger.ts";
import { uploadApp } from "./apps/upload.ts";
import { api } from "./http/api.ts";

/** The whole API as one app: what the local server and the tests run, and what types the dashboard's client. */
export const app = api()
  .route("/", uploadApp)
  .route("/", triggerApp)
  .route("/", statusApp)
  .route("/", downloadApp)
  .route("/", jobsApp)
  .route("/", docsApp);

export type App = typeof app;
