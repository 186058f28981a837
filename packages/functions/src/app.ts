import { docsApp } from "./apps/docs.ts";
import { downloadApp } from "./apps/download.ts";
import { jobsApp } from "./apps/jobs.ts";
import { statusApp } from "./apps/status.ts";
import { triggerApp } from "./apps/trigger.ts";
import { uploadApp } from "./apps/upload.ts";
import { api, unknownRoute } from "./http/api.ts";

/** The whole API as one app: what the local server and the tests run, and what types the dashboard's client. */
export const app = api()
  .route("/", uploadApp)
  .route("/", triggerApp)
  .route("/", statusApp)
  .route("/", downloadApp)
  .route("/", jobsApp)
  .route("/", docsApp);

// Mounted in another app, this one's own handler for unknown routes would not be asked.
app.all("*", unknownRoute);

export type App = typeof app;
