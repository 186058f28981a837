import { glueCapacities } from "../../../packages/core/src/deployment.ts";
import type { Resource, Resources } from "./resources.ts";
import { counted, nodeKinds } from "./types.ts";

const count = (many: number, { one, many: plural }: { one: string; many: string }) =>
  `${many} ${many === 1 ? one : plural}`;

const days = (seconds: number) => `${seconds / (24 * 60 * 60)} days`;

/** What the inputs of a node, and of its settings, say about its capacity, its limits and how long it keeps things. */
export function details({ type, name, inputs }: Resource, resources: Resources): string[] {
  switch (nodeKinds[type]) {
    case "api": {
      const [stage] = resources
        .all("aws:apigatewayv2/stage:Stage")
        .filter(({ inputs: { apiId } }) => apiId === inputs.name);
      const limits = stage?.inputs.defaultRouteSettings;
      return [
        `${inputs.protocolType} API`,
        ...(limits
          ? [`${limits.throttlingRateLimit} requests/s`, `bursts of ${limits.throttlingBurstLimit}`]
          : []),
      ];
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
        .all("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")
        .filter((lifecycle) => lifecycle.inputs.bucket === inputs.bucket)
        .flatMap((lifecycle) => lifecycle.inputs.rules)
        .filter((rule) => rule.expiration?.days)
        .map((rule) => `${rule.filter.prefix}* kept ${rule.expiration.days} days`);
    case "job":
      return [
        `${inputs.command.name === "pythonshell" ? "Python Shell" : inputs.command.name} ${inputs.command.pythonVersion}`,
        // Each run is started with the one for its input; the job has the smaller for what is started by hand.
        `${Object.values(glueCapacities).join(" or ")} DPU`,
        `${inputs.executionProperty?.maxConcurrentRuns ?? 1} runs at once`,
        `${inputs.timeout} min each`,
      ];
    case "function":
      return [inputs.runtime, ...inputs.architectures, `${inputs.memorySize} MB`];
    case "schedule":
      return [inputs.scheduleExpression.replace(/^rate\((.*)\)$/, "every $1").replace("every 1 ", "every ")];
    case "queue":
      return [`kept ${days(inputs.messageRetentionSeconds)}`];
    case "rule":
    case "topic":
      return [];
    default:
      throw new Error(`${name} is no node`);
  }
}

/** How many there are of each type that is counted. */
export function cloudwatchDetails(resources: Resources): string[] {
  return Object.entries(counted).flatMap(([type, words]) => {
    const found = resources.all(type).length;
    return found ? [count(found, words)] : [];
  });
}
