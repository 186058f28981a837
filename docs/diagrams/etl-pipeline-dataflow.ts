import { MiB, singleUploadMaxBytes } from "../../packages/core/src/deployment.ts";
import {
  indexKey,
  inputKey,
  manifestKey,
  outputKey,
  progressKey,
  reportsFolder,
} from "../../packages/core/src/storage/keys.ts";
import { sequence } from "../../scripts/diagrams/sequence/model.ts";

const job = {
  jobId: "{jobId}",
  filename: "trips.parquet",
  attempt: 1,
  options: { format: "ndjson", compression: "none" },
} as const;

/** The way of a file: keys and statuses are the code's own. */
export default sequence({
  title: "The way of a file",
  subtitle: "Parquet in, JSON out, in seven steps. The bytes go straight to S3, and come straight from it.",
  participants: {
    client: { title: "Client", service: "browser, curl, SDK", icon: "laptop", color: "neutral" },
    api: { title: "API", service: "API Gateway, Lambda", icon: "api", color: "api" },
    table: { title: "Job table", service: "DynamoDB", icon: "table", color: "database" },
    input: { title: "Input", service: "S3", icon: "bucket", color: "storage" },
    glue: { title: "Converter", service: "AWS Glue", icon: "job", color: "analytics" },
    output: { title: "Output", service: "S3", icon: "bucket", color: "results" },
    end: { title: "State change", service: "EventBridge, Lambda", icon: "events", color: "integration" },
  },
  steps: [
    {
      title: "Ask for an upload",
      messages: [
        { from: "client", to: "api", kind: "call", code: "POST /upload", text: "name and size" },
        { from: "api", to: "table", kind: "call", text: "a job", status: "PENDING_UPLOAD" },
        { from: "api", to: "client", kind: "answer", code: "201", text: "presigned URLs" },
      ],
    },
    {
      title: "Send the bytes",
      messages: [
        {
          from: "client",
          to: "input",
          kind: "bytes",
          code: `PUT ${inputKey(job)}`,
          text: `over ${singleUploadMaxBytes / MiB} MiB in parts`,
        },
      ],
    },
    {
      title: "Trigger the job",
      messages: [
        { from: "client", to: "api", kind: "call", code: "POST /trigger-job" },
        { from: "api", to: "input", kind: "call", text: "version, size, PAR1 at both ends, footer" },
        { from: "api", to: "table", kind: "call", text: "attempt 1", status: "QUEUED" },
        {
          from: "api",
          to: "glue",
          kind: "call",
          code: "StartJobRun",
          text: "with the attempt and its limits",
        },
        { from: "api", to: "table", kind: "call", text: "the run", status: "RUNNING" },
        { from: "api", to: "client", kind: "answer", code: "202" },
      ],
    },
    {
      title: "Read row groups",
      messages: [
        {
          from: "glue",
          to: "output",
          kind: "call",
          code: `${reportsFolder(job)}/run.json`,
          text: "claims the attempt",
        },
        { from: "input", to: "glue", kind: "bytes", text: "ranges, as they are needed" },
      ],
    },
    {
      title: "Write JSON",
      messages: [
        { from: "glue", to: "output", kind: "bytes", code: outputKey(job), text: "in parts" },
        { from: "glue", to: "output", kind: "call", code: progressKey(job), text: "every second" },
        {
          from: "client",
          to: "api",
          kind: "call",
          code: "GET /job-status/{jobId}",
          text: "status and progress, at any time",
        },
        { from: "glue", to: "output", kind: "call", code: indexKey(job), text: "rows to bytes" },
        { from: "glue", to: "output", kind: "call", code: manifestKey(job), text: "last of all" },
      ],
    },
    {
      title: "End the job",
      messages: [
        { from: "glue", to: "end", kind: "event", code: "Glue Job State Change" },
        { from: "end", to: "output", kind: "call", text: "reads the manifest" },
        { from: "end", to: "table", kind: "call", text: "what the manifest says", status: "SUCCEEDED" },
        {
          from: "end",
          to: "glue",
          kind: "call",
          code: "GetJobRun",
          text: "every minute, for what an event missed",
        },
      ],
    },
    {
      title: "Download",
      messages: [
        { from: "client", to: "api", kind: "call", code: "GET /download/{jobId}" },
        { from: "api", to: "client", kind: "answer", code: "302", text: "to the public object" },
        { from: "output", to: "client", kind: "bytes", code: `GET ${outputKey(job)}` },
      ],
    },
  ],
  statusColors: {
    PENDING_UPLOAD: "neutral",
    QUEUED: "compute",
    RUNNING: "analytics",
    SUCCEEDED: "storage",
  },
  legend: [
    { color: "neutral", text: ["call"] },
    { color: "neutral", dashed: true, text: ["answer"] },
    { color: "integration", dashed: true, text: ["event"] },
    { color: "results", thick: true, text: ["the file's bytes"] },
  ],
});
