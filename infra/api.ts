import { jobs, jobTable } from "./database.ts";
import { capability } from "./function.ts";
import { api } from "./gateway.ts";
import { converter, glueJob } from "./glue.ts";
import { limits } from "./limits.ts";
import { inputBucket, outputBucket, outputs, reports, uploads } from "./storage.ts";

function serve(handler: sst.aws.Function, ...routes: string[]) {
  for (const route of routes) api.route(route, handler.arn);
  return handler;
}

const upload = serve(
  capability("upload", {
    link: [jobTable, inputBucket, outputBucket, limits],
    permissions: [
      jobs.allow("PutItem", "GetItem", "UpdateItem"),
      uploads.allow("PutObject", "GetObject", "ListMultipartUploadParts"),
    ],
    // S3 takes its time to put thousands of parts together. API Gateway waits for 30 seconds.
    timeout: "29 seconds",
  }),
  "POST /upload",
  "GET /upload/{jobId}/parts",
  "POST /upload/{jobId}/complete",
);

const trigger = serve(
  capability("trigger", {
    link: [jobTable, inputBucket, outputBucket, glueJob, limits],
    permissions: [
      jobs.allow("GetItem", "Query", "UpdateItem", "PutItem"),
      uploads.allow("GetObject"),
      converter.allow("StartJobRun", "BatchStopJobRun"),
    ],
    // Less than the minute after which a start counts as broken off.
    timeout: "20 seconds",
  }),
  "POST /trigger-job",
  "POST /jobs/{jobId}/retry",
);

const status = serve(
  capability("status", {
    link: [jobTable, outputBucket],
    permissions: [jobs.allow("GetItem", "Query"), reports.allow("GetObject")],
  }),
  "GET /job-status/{jobId}",
);

const download = serve(
  capability("download", {
    link: [jobTable, outputBucket],
    permissions: [jobs.allow("GetItem", "Query")],
  }),
  "GET /download/{jobId}",
);

const list = serve(
  capability("jobs", {
    link: [jobTable, inputBucket, outputBucket, glueJob],
    permissions: [
      jobs.allow("GetItem", "Query", "UpdateItem", "DeleteItem"),
      jobs.allowQuery("byStatus", "byCreation"),
      converter.allow("BatchStopJobRun"),
      uploads.allow("DeleteObject", "AbortMultipartUpload"),
      uploads.allowList(),
      outputs.allow("DeleteObject"),
      outputs.allowList(),
      reports.allow("DeleteObject"),
      reports.allowList(),
    ],
    // To delete every object of a job. What is left then, the reconciler deletes.
    timeout: "29 seconds",
  }),
  "GET /jobs",
  "POST /jobs/{jobId}/cancel",
  "DELETE /jobs/{jobId}",
);

export const apiFunctions = { upload, trigger, status, download, jobs: list };
