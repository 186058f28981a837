import type { ArchitectureHints } from "../../scripts/diagrams/architecture/hints.ts";

/** How the graph in etl-pipeline-architecture.json is called, grouped and placed. What is in it comes from infra/. */
export default {
  title: "unparquet on AWS",
  subtitle:
    "One stage. Each function and the Glue job have a role of their own: a line is what its policy allows, and beyond that it may write its log.",
  kinds: {
    internet: { icon: "internet", service: "", color: "neutral" },
    api: { icon: "api", service: "API Gateway", color: "api" },
    function: { icon: "function", service: "Lambda", color: "compute" },
    table: { icon: "table", service: "DynamoDB", color: "database" },
    bucket: { icon: "bucket", service: "S3", color: "storage" },
    job: { icon: "job", service: "AWS Glue", color: "analytics" },
    rule: { icon: "events", service: "EventBridge", color: "integration" },
    schedule: { icon: "scheduler", service: "EventBridge Scheduler", color: "integration" },
    queue: { icon: "queue", service: "SQS", color: "failure" },
    topic: { icon: "topic", service: "SNS", color: "integration" },
    cloudwatch: { icon: "cloudwatch", service: "CloudWatch", color: "integration" },
  },
  /** Said of a node instead of its kind's, in the words of the documentation. */
  nodes: {
    internet: { title: "Anyone", service: "browser, curl, SDK" },
    ApiApi: { title: "API" },
    InputBucket: { title: "Input bucket", short: "input" },
    OutputBucket: { title: "Output bucket", short: "output", color: "results" },
    AssetsBucket: { title: "Assets bucket", short: "assets", color: "neutral" },
    JobTable: { title: "Job table", short: "table" },
    Converter: { title: "Converter", short: "job" },
    defaultSubscriberGlueJobStateRule: { title: "Rule" },
    ReconcilerSchedule: { title: "Schedule" },
    DeadLettersQueue: { title: "Dead letters", short: "dead letters" },
    AlarmsTopic: { title: "Alarms" },
    cloudwatch: { title: "Logs, metrics, alarms" },
  },
  frame: "AWS account",
  legend: [
    { color: "api", text: ["request"] },
    { color: "neutral", text: ["allowed by a role, in", "the target's colour"] },
    { color: "integration", dashed: true, text: ["event"] },
    { color: "failure", dashed: true, text: ["given up"] },
  ],
  groups: {
    requests: "One function a capability, behind its own routes",
    background: "Events and the clock",
  },
  /** From top to bottom; nodes that are not named follow. */
  order: [
    "UploadFunction",
    "TriggerFunction",
    "StatusFunction",
    "DownloadFunction",
    "JobsFunction",
    "DashboardFunction",
    "GlueStateChangeFunction",
    "ReconcileFunction",
    "InputBucket",
    "OutputBucket",
    "JobTable",
    "Converter",
    "AssetsBucket",
  ],
} satisfies ArchitectureHints;
