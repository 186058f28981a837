import { jobs, jobTable } from "./database.ts";
import { lambda } from "./function.ts";
import { api } from "./gateway.ts";
import { glueJobs } from "./glue-jobs.ts";
import { allowInvoke, converterLink } from "./lambda-lane.ts";
import { limits } from "./stage.ts";
import { inputBucket, outputBucket, outputs, reports, stopRequests, uploads } from "./storage.ts";

function serve(handler: sst.aws.Function, ...routes: string[]) {
  for (const route of routes) api.route(route, handler.arn);
  return handler;
}

const upload = serve(
  lambda("upload", {
    link: [jobTable, inputBucket, outputBucket, limits],
    permissions: [
      jobs.allow("PutItem", "GetItem", "UpdateItem"),
      uploads.allow("PutObject", "GetObject", "ListMultipartUploadParts"),
    ],
    // S3 is slow to assemble thousands of parts. API Gateway gives up after 30 seconds.
    timeout: "29 seconds",
  }),
  "POST /upload",
  "GET /upload/{jobId}/parts",
  "POST /upload/{jobId}/complete",
);

/** The first look at a file runs the converter's engine. */
const engine = { from: "glue/wasm/unparquet.wasm", to: "unparquet.wasm" };

/** What a function needs to start runs. */
const lanes = {
  link: [jobTable, inputBucket, outputBucket, ...glueJobs.links, converterLink, limits],
  permissions: [
    jobs.allow("GetItem", "Query", "UpdateItem", "PutItem"),
    glueJobs.allow("StartJobRun", "BatchStopJobRun"),
    stopRequests.allow("PutObject"),
    ...allowInvoke,
  ],
  copyFiles: [engine],
};

const trigger = serve(
  lambda("trigger", {
    ...lanes,
    permissions: [...lanes.permissions, uploads.allow("GetObject")],
    // Below the minute after which a start counts as interrupted.
    timeout: "20 seconds",
  }),
  "POST /trigger-job",
  "POST /jobs/{jobId}/retry",
);

const convert = serve(
  lambda("convert", {
    ...lanes,
    permissions: [...lanes.permissions, uploads.allow("PutObject")],
    // It waits 25 seconds for the result. API Gateway gives up after 30.
    timeout: "29 seconds",
  }),
  "POST /convert",
);

const status = serve(
  lambda("status", {
    link: [jobTable, outputBucket],
    permissions: [jobs.allow("GetItem", "Query"), reports.allow("GetObject")],
  }),
  "GET /job-status/{jobId}",
);

const download = serve(
  lambda("download", {
    link: [jobTable, outputBucket],
    permissions: [jobs.allow("GetItem", "Query")],
  }),
  "GET /download/{jobId}",
);

const list = serve(
  lambda("jobs", {
    link: [jobTable, inputBucket, outputBucket, ...glueJobs.links],
    permissions: [
      jobs.allow("GetItem", "Query", "UpdateItem", "DeleteItem"),
      jobs.allowQuery("byStatus", "byCreation"),
      glueJobs.allow("BatchStopJobRun"),
      stopRequests.allow("PutObject"),
      uploads.allow("DeleteObject", "AbortMultipartUpload"),
      uploads.allowList(),
      outputs.allow("DeleteObject"),
      outputs.allowList(),
      reports.allow("DeleteObject"),
      reports.allowList(),
    ],
    // Time to delete all objects of a job. The reconciler deletes the rest.
    timeout: "29 seconds",
  }),
  "GET /jobs",
  "POST /jobs/{jobId}/cancel",
  "DELETE /jobs/{jobId}",
);

export const apiFunctions = { upload, trigger, convert, status, download, jobs: list };
