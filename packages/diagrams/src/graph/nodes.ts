import { glueCapacities, sparkLane } from "@unparquet/core/deployment";
import { counted, type NodeKind, type Resource, type Resources } from "./resources.ts";

export interface GraphNode {
  /** The resource's name in the program, or `internet` or `cloudwatch`. */
  id: string;
  kind: NodeKind | "converter" | "internet" | "cloudwatch";
  /** Capacity, limits, indexes, retention. */
  details: string[];
}

/** Functions are Node.js, except the one that converts. */
function kindOf({ kind, inputs }: Resource & { kind: NodeKind }): GraphNode["kind"] {
  return kind === "function" && inputs.runtime.startsWith("python") ? "converter" : kind;
}

function details(kind: GraphNode["kind"], { inputs }: Resource, resources: Resources): string[] {
  switch (kind) {
    case "api": {
      const stage = resources.all("apigatewayv2/stage").find((each) => each.inputs.apiId === inputs.name);
      const limits = stage?.inputs.defaultRouteSettings;
      const { throttlingRateLimit: rate, throttlingBurstLimit: burst } = limits ?? {};
      return [`${inputs.protocolType} API`, ...(limits ? [`${rate} requests/s, bursts of ${burst}`] : [])];
    }
    case "table":
      return [
        ...(inputs.billingMode === "PAY_PER_REQUEST" ? ["on-demand"] : []),
        ...(inputs.globalSecondaryIndexes ?? []).map((index: { name: string }) => `index ${index.name}`),
        ...(inputs.pointInTimeRecovery?.enabled ? ["point-in-time recovery"] : []),
        ...(inputs.deletionProtectionEnabled ? ["deletion protection"] : []),
      ];
    case "bucket":
      return resources
        .all("s3/bucketLifecycleConfiguration")
        .filter((lifecycle) => lifecycle.inputs.bucket === inputs.bucket)
        .flatMap((lifecycle) => lifecycle.inputs.rules)
        .filter((rule) => rule.expiration?.days)
        .map((rule) => `${rule.filter.prefix}* kept ${rule.expiration.days} days`);
    case "job":
      return [
        inputs.command.name === sparkLane.command
          ? `Spark, Glue ${inputs.glueVersion}`
          : `Python Shell ${inputs.command.pythonVersion}`,
        inputs.command.name === sparkLane.command
          ? `${inputs.workerType} workers, chosen per run`
          : `${Object.values(glueCapacities).join(" or ")} DPU, chosen per run`,
        `up to ${inputs.executionProperty?.maxConcurrentRuns ?? 1} runs at once`,
        `${inputs.timeout} min timeout`,
      ];
    case "converter":
      return [
        inputs.runtime.replace("python", "Python "),
        `${inputs.memorySize} MB`,
        `${inputs.timeout / 60} min timeout`,
      ];
    case "function":
      return [`${inputs.memorySize} MB`];
    case "schedule":
      return [inputs.scheduleExpression.replace(/^rate\((1 )?(.*)\)$/, "every $2")];
    case "queue":
      return [`kept ${inputs.messageRetentionSeconds / (24 * 60 * 60)} days`];
    default:
      return [];
  }
}

export function nodes(resources: Resources): GraphNode[] {
  const counts = Object.entries(counted).flatMap(([type, name]) => {
    const { length } = resources.all(type);
    return length ? [`${length} ${length === 1 ? name : `${name.replace(/y$/, "ie")}s`}`] : [];
  });
  return [
    { id: "internet", kind: "internet", details: [] },
    { id: "cloudwatch", kind: "cloudwatch", details: [counts.join(", ")] },
    ...resources.nodes.map((resource) => ({
      id: resource.name,
      kind: kindOf(resource),
      details: details(kindOf(resource), resource, resources),
    })),
  ];
}
