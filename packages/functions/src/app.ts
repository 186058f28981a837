import { OpenAPIHono } from "@hono/zod-openapi";
import { UnparquetError } from "@unparquet/core/errors";
import { downloadRoute } from "./contract/download.ts";
import { cancelRoute, deleteJobRoute, listJobsRoute } from "./contract/jobs.ts";
import { statusRoute } from "./contract/status.ts";
import { retryRoute, triggerRoute } from "./contract/trigger.ts";
import { completeUploadRoute, createUploadRoute, uploadPartsRoute } from "./contract/upload.ts";

const unavailable = (): never => {
  throw new UnparquetError("unavailable", "This route is not served yet.");
};

/** The whole API as one app: what the local server and the tests run, and what types the dashboard's client. */
export const app = new OpenAPIHono()
  .openapi(createUploadRoute, unavailable)
  .openapi(uploadPartsRoute, unavailable)
  .openapi(completeUploadRoute, unavailable)
  .openapi(triggerRoute, unavailable)
  .openapi(retryRoute, unavailable)
  .openapi(statusRoute, unavailable)
  .openapi(downloadRoute, unavailable)
  .openapi(listJobsRoute, unavailable)
  .openapi(cancelRoute, unavailable)
  .openapi(deleteJobRoute, unavailable);

export type App = typeof app;
