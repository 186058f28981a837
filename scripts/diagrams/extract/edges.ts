import type { ArchitectureEdge, EdgeKind } from "./graph.ts";
import { type Grant, grants } from "./policy.ts";
import type { Resources } from "./resources.ts";

const edge = (kind: EdgeKind, from: string, to: string, ...labels: string[]): ArchitectureEdge => ({
  from,
  to,
  kind,
  labels,
});

/** Routes with their functions; who may call the API. */
function routes(resources: Resources): ArchitectureEdge[] {
  return resources.all("aws:apigatewayv2/route:Route").flatMap(({ inputs }) => {
    const api = resources.named("aws:apigatewayv2/api:Api", inputs.apiId).name;
    const integration = resources
      .all("aws:apigatewayv2/integration:Integration")
      .find(({ name }) => inputs.target === `integrations/${name}`);
    if (!integration)
      throw new Error(`The route ${inputs.routeKey} leads to ${inputs.target}, which is nothing`);
    return [
      ...(inputs.authorizationType === "NONE" ? [edge("request", "internet", api, "HTTPS")] : []),
      edge("request", api, resources.located(integration.inputs.integrationUri).id, inputs.routeKey),
    ];
  });
}

/** What anyone may do with a bucket, past the API. */
function openBuckets(resources: Resources): ArchitectureEdge[] {
  const bucket = (physical: string) => resources.named("aws:s3/bucket:Bucket", physical).name;
  // No policy lets everyone write, so what pages of any origin may PUT is what was presigned for them.
  const presigned = resources
    .all("aws:s3/bucketCorsConfiguration:BucketCorsConfiguration")
    .filter(({ inputs }) =>
      inputs.corsRules.some((rule: { allowedMethods: string[] }) => rule.allowedMethods.includes("PUT")),
    )
    .map(({ inputs }) => edge("request", "internet", bucket(inputs.bucket), "presigned PUT"));
  const published = resources.all("aws:s3/bucketPolicy:BucketPolicy").flatMap(({ inputs }) =>
    grants(inputs.policy)
      .filter(({ toEveryone }) => toEveryone)
      .flatMap((grant) => grantEdges("request", "internet", grant, resources))
      .map((open) => ({ ...open, labels: open.labels.map((label) => `public ${label}`) })),
  );
  return [...presigned, ...published];
}

/** Events with what they are about, schedules, and where to goes what they could not deliver. */
function events(resources: Resources): ArchitectureEdge[] {
  const failure = (from: string, arn: string | undefined, retries: number | undefined) =>
    arn
      ? [
          edge(
            "failure",
            from,
            resources.located(arn).id,
            ...(retries === undefined ? [] : [`after ${retries} retries`]),
          ),
        ]
      : [];
  const from = resources.all("aws:cloudwatch/eventRule:EventRule").flatMap(({ name, inputs }) => {
    const { detail, "detail-type": about } = JSON.parse(inputs.eventPattern);
    const jobs: string[] = detail?.jobName ?? [];
    return jobs.map((job) => edge("event", resources.named("aws:glue/job:Job", job).name, name, ...about));
  });
  const to = resources.all("aws:cloudwatch/eventTarget:EventTarget").flatMap(({ inputs }) => {
    const rule = resources.named("aws:cloudwatch/eventRule:EventRule", inputs.rule).name;
    return [
      edge("event", rule, resources.located(inputs.arn).id),
      ...failure(rule, inputs.deadLetterConfig?.arn, inputs.retryPolicy?.maximumRetryAttempts),
    ];
  });
  const scheduled = resources
    .all("aws:scheduler/schedule:Schedule")
    .flatMap(({ name, inputs: { target } }) => [
      edge("event", name, resources.located(target.arn).id),
      ...failure(name, target.deadLetterConfig?.arn, target.retryPolicy?.maximumRetryAttempts),
    ]);
  const invoked = resources
    .all("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig")
    .flatMap(({ inputs }) =>
      failure(
        resources.named("aws:lambda/function:Function", inputs.functionName).name,
        inputs.destinationConfig?.onFailure?.destination,
        inputs.maximumRetryAttempts,
      ),
    );
  return [...from, ...to, ...scheduled, ...invoked];
}

/** What each node's role allows it. Writing logs is left out: everything may write its own. */
function permissions(resources: Resources): ArchitectureEdge[] {
  return resources.all("aws:iam/role:Role").flatMap(({ name: role, inputs }) => {
    const holder = resources.nodes.find(({ inputs: { role: own, roleArn, target } }) =>
      [own, roleArn, target?.roleArn].some((held) => held?.endsWith(`role/${role}`)),
    );
    if (!holder) throw new Error(`No node of the architecture picture has the role ${role}`);
    return inputs.inlinePolicies
      .flatMap(({ policy }: { policy: string }) => grants(policy))
      .filter(({ actions }: Grant) => !actions.every((action) => action.startsWith("logs:")))
      .flatMap((grant: Grant) => grantEdges("permission", holder.name, grant, resources));
  });
}

/** An edge to each node that the grant is about, labelled `GetObject · uploads/*`. */
function grantEdges(kind: EdgeKind, from: string, grant: Grant, resources: Resources): ArchitectureEdge[] {
  const parts = new Map<string, string[]>();
  for (const { id, part } of grant.targets.map((arn) => resources.located(arn))) {
    parts.set(id, [...(parts.get(id) ?? []), part]);
  }
  const actions = grant.actions.map((action) => action.replace(/^\w+:/, "")).join(" ");
  return [...parts].map(([to, of]) => {
    const on = grant.prefix ?? of.map(lasting).join(" ");
    return edge(kind, from, to, on ? `${actions} · ${on}` : actions);
  });
}

/** What changes with every version of an object is no part of the picture; an index is known by its name. */
const lasting = (part: string) =>
  part
    .replace(/\/[0-9a-f]{16}\//, "/…/")
    .replace(/[^/]+\.whl$/, "*.whl")
    .replace(/^index\//, "");

function alarms(resources: Resources): ArchitectureEdge[] {
  return resources
    .all("aws:cloudwatch/metricAlarm:MetricAlarm")
    .flatMap(({ inputs }) => inputs.alarmActions ?? [])
    .map((arn) => edge("alarm", "cloudwatch", resources.located(arn).id));
}

/** One edge for each pair of nodes and kind, with the labels of all. */
function merged(edges: ArchitectureEdge[]): ArchitectureEdge[] {
  const byEnds = Map.groupBy(edges, ({ from, to, kind }) => `${from} ${to} ${kind}`);
  return [...byEnds.values()].map(([first, ...more]) => ({
    ...(first as ArchitectureEdge),
    labels: onceEach([first, ...more].flatMap((one) => one?.labels ?? [])),
  }));
}

/** Each once; actions on the same part in one, in the order of the program. */
function onceEach(labels: string[]): string[] {
  const byPart = Map.groupBy(new Set(labels), (label) => label.split(" · ")[1]);
  return [...byPart].flatMap(([part, same]) =>
    part ? [`${same.map((label) => label.split(" · ")[0]).join(" ")} · ${part}`] : same,
  );
}

/** Everything that the resource graph says calls, uses or tells something else. */
export function edges(resources: Resources): ArchitectureEdge[] {
  const plain = [...routes(resources), ...openBuckets(resources), ...events(resources), ...alarms(resources)];
  // To be allowed to call the target or to give up to the queue is no edge beside that one.
  const said = new Set(plain.map(({ from, to }) => `${from} ${to}`));
  return merged([...plain, ...permissions(resources).filter(({ from, to }) => !said.has(`${from} ${to}`))]);
}
