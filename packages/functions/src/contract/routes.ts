import { docsRoute, openApiRoute } from "./docs.ts";
import { downloadRoute } from "./download.ts";
import { cancelRoute, deleteJobRoute, listJobsRoute } from "./jobs.ts";
import { statusRoute } from "./status.ts";
import { retryRoute, triggerRoute } from "./trigger.ts";
import { completeUploadRoute, createUploadRoute, uploadPartsRoute } from "./upload.ts";

/** Every route of the API, in the order the documentation shows them. */
export const routes = [
  createUploadRoute,
  uploadPartsRoute,
  completeUploadRoute,
  triggerRoute,
  statusRoute,
  downloadRoute,
  listJobsRoute,
  cancelRoute,
  retryRoute,
  deleteJobRoute,
  openApiRoute,
  docsRoute,
];

/** Methods a path has, if it is one of the API's: for the difference between 404 and 405. */
export const methodsOf = (path: string): string[] => {
  const matching = routes.filter(({ path: template }) => {
    const parts = template.split("/");
    const given = path.split("/");
    return (
      parts.length === given.length && parts.every((part, i) => part.startsWith("{") || part === given[i])
    );
  });
  return matching.map(({ method }) => method.toUpperCase());
};
