import { inputKey, manifestKey, outputKey, progressKey } from "@unparquet/core/storage/keys";
import type { Card, Diagram, Link } from "./layout.ts";
import type { Color } from "./svg.ts";

const options = { format: "ndjson", compression: "none" } as const;
const job = { jobId: "JOB", filename: "trips.parquet", attempt: 1, options };

function card(
  id: string,
  title: string,
  subtitle: string,
  icon: string,
  column: number,
  width: number,
): Card {
  return { id, title, subtitle, icon, column, width, code: [], text: [] };
}

function step(label: string, from: string, to: string, color: Color, ...text: string[]): Link {
  return { label: `step ${label}`, from, to, color, text, dashed: color === "events" };
}

/** A file's way from upload to download, with the object keys that the code uses. */
export const overview: Diagram = {
  title: "From upload to download",
  subtitle: "Parquet in, JSON out, in seven steps. The file and the result go directly to and from S3.",
  cards: [
    card("client", "Client", "browser, curl, SDK", "resource/Client", 0, 284),
    card("api", "API", "API Gateway and Lambda", "architecture-service/AmazonAPIGateway", 1, 262),
    card("end", "End of the run", "event and Lambda", "architecture-service/AmazonEventBridge", 1, 262),
    card("table", "Job table", "DynamoDB", "architecture-service/AmazonDynamoDB", 2, 170),
    card("input", "Input bucket", "S3", "architecture-service/AmazonSimpleStorageService", 2, 170),
    card("output", "Output bucket", "S3", "architecture-service/AmazonSimpleStorageService", 2, 170),
    card("job", "Converter", "Lambda or AWS Glue", "architecture-service/AWSGlue", 3, 270),
  ],
  links: [
    step("1", "client", "api", "api", "POST /upload creates a job"),
    step("2", "client", "input", "storage", `PUT ${inputKey(job)}`),
    step("3", "client", "api", "api", "POST /trigger-job"),
    step("5", "client", "api", "api", "GET /job-status/JOB, at any time"),
    step("7", "client", "api", "api", "GET /download/JOB redirects"),
    step("7", "client", "output", "results", `GET ${outputKey(job)}`),
    step("1", "api", "table", "database", "PENDING_UPLOAD"),
    step("3", "api", "table", "database", "QUEUED, then RUNNING"),
    step("3", "api", "input", "storage", "checks size, magic bytes, footer"),
    step("3", "api", "job", "analytics", "InvokeFunction or StartJobRun"),
    step("4", "job", "input", "storage", "reads row groups in byte ranges"),
    step("5", "job", "output", "results", outputKey(job), progressKey(job), manifestKey(job)),
    step("6", "job", "end", "events", "new manifest.json, or Glue Job State Change"),
    step("6", "end", "output", "results", "reads the manifest"),
    step("6", "end", "table", "database", "SUCCEEDED"),
  ],
  legend: [
    { color: "neutral", text: "call, in the target's colour" },
    { color: "events", dashed: true, text: "event" },
  ],
};
