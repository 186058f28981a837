import { edges } from "./graph/edges.ts";
import { type GraphNode, nodes } from "./graph/nodes.ts";
import { type Resource, Resources } from "./graph/resources.ts";
import type { Card, Diagram, Link } from "./layout.ts";
import type { Color } from "./svg.ts";

const service = "architecture-service";
/** Icon, service, column and width of each kind of node. */
const kinds: Record<GraphNode["kind"], [icon: string, subtitle: string, column: number, width: number]> = {
  internet: ["resource/Users", "browser, curl, SDK", 0, 172],
  api: [`${service}/AmazonAPIGateway`, "API Gateway", 1, 194],
  rule: [`${service}/AmazonEventBridge`, "EventBridge", 1, 194],
  schedule: [`${service}/AmazonEventBridge`, "EventBridge Scheduler", 1, 194],
  function: [`${service}/AWSLambda`, "Lambda", 2, 296],
  converter: [`${service}/AWSLambda`, "Lambda", 4, 220],
  cloudwatch: [`${service}/AmazonCloudWatch`, "CloudWatch", 2, 296],
  table: [`${service}/AmazonDynamoDB`, "DynamoDB", 3, 206],
  bucket: [`${service}/AmazonSimpleStorageService`, "S3", 3, 206],
  queue: [`${service}/AmazonSimpleQueueService`, "SQS", 3, 206],
  topic: [`${service}/AmazonSimpleNotificationService`, "SNS", 3, 206],
  job: [`${service}/AWSGlue`, "AWS Glue", 4, 220],
};

/** Title of a node, and the colour and name of links to it. Cards and links have this order. */
const names: Record<string, [title: string, color?: Color, label?: string]> = {
  internet: ["Anyone"],
  UploadFunction: ["upload"],
  TriggerFunction: ["trigger"],
  ConvertFunction: ["convert"],
  StatusFunction: ["status"],
  DownloadFunction: ["download"],
  JobsFunction: ["jobs"],
  DashboardFunction: ["dashboard"],
  RunEndedFunction: ["run-ended", "events", "event"],
  ReconcileFunction: ["reconcile"],
  ApiApi: ["API", "api", "API"],
  JobTable: ["Job table", "database", "table"],
  InputBucket: ["Input bucket", "storage", "input"],
  OutputBucket: ["Output bucket", "results", "output"],
  AssetsBucket: ["Assets bucket", "neutral", "assets"],
  Converter: ["Converter", "analytics", "job"],
  ConverterSpark: ["Converter", "analytics", "Spark job"],
  ConverterFunction: ["Converter", "api", "function"],
  defaultSubscriberGlueJobStateRule: ["Rule", "events", "event"],
  ReconcilerSchedule: ["Schedule"],
  DeadLettersQueue: ["Dead letters"],
  cloudwatch: ["Logs, metrics, alarms"],
  AlarmsTopic: ["Alarms", "events"],
};

/** The diagram of the resources that a deployment creates. */
export function architecture(recorded: Resource[]): Diagram {
  const resources = new Resources(recorded);
  const found = edges(resources);
  const rank = (id: string) => {
    if (!names[id]) throw new Error(`${id} has no name: add it to ${import.meta.filename}`);
    return Object.keys(names).indexOf(id);
  };
  const cards = nodes(resources)
    .toSorted((a, b) => rank(a.id) - rank(b.id))
    .map(({ id, kind, details }): Card => {
      const [icon, subtitle, column, width] = kinds[kind];
      const [title] = names[id] ?? [id];
      const requests = found.filter((edge) => edge.to === id && edge.kind === "request");
      const path = (route: string) => route.split(" ")[1] ?? "";
      const routes = requests
        .flatMap(({ labels }) => labels)
        .toSorted((a, b) => (path(a) < path(b) ? -1 : 1));
      const box = { id, icon, title, column, width };
      if (kind !== "function") {
        const group = kind === "bucket" ? "Storage" : undefined;
        return { ...box, subtitle, group, code: [], text: details };
      }
      const group = routes.length ? "API functions" : "Event functions";
      return { ...box, subtitle: [subtitle, ...details].join(" · "), group, code: routes, text: [] };
    });
  const sorted = found.toSorted((a, b) => rank(a.from) - rank(b.from) || rank(a.to) - rank(b.to));
  const links = sorted.map(({ from, to, kind, labels }): Link => {
    const [, ofTarget, nameOfTarget] = names[to] ?? [];
    const isFailure = kind === "failure";
    const color = isFailure ? "failure" : (ofTarget ?? (kind === "request" ? "api" : "events"));
    const label = labels.length === 0 ? undefined : isFailure ? "on error" : nameOfTarget;
    const dashed = kind !== "request" && kind !== "permission";
    return { from, to, color, dashed, label, text: labels };
  });
  return {
    title: "unparquet on AWS",
    subtitle: "One stage. Each function and Glue job has its own role; lines show what it allows.",
    cards,
    links,
    legend: [
      { color: "api", text: "request" },
      { color: "neutral", text: "allowed by a role, in the target's colour" },
      { color: "events", dashed: true, text: "event" },
      { color: "failure", dashed: true, text: "undeliverable event" },
    ],
  };
}
