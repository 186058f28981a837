import type { Resource, Resources } from "./resources.ts";

export interface GraphEdge {
  /** `permission`: allowed by the role of `from`. `failure`: where undeliverable events go. */
  kind: "request" | "permission" | "event" | "failure" | "alarm";
  from: string;
  to: string;
  /** Routes of a request, `actions on paths` of a permission, names of events. */
  labels: string[];
}

interface Statement {
  effect?: string;
  actions: string[];
  resources: string[];
  principals?: { identifiers: string[] }[];
  conditions?: { variable: string; values: string[] }[];
}

function edge(kind: GraphEdge["kind"], from: string, to: string, ...labels: string[]): GraphEdge {
  return { kind, from, to, labels };
}

function requests(resources: Resources): GraphEdge[] {
  return resources.all("apigatewayv2/route").flatMap(({ inputs }) => {
    const api = resources.byPhysicalName("apigatewayv2/api", inputs.apiId);
    const integration = resources
      .all("apigatewayv2/integration")
      .find(({ name }) => inputs.target === `integrations/${name}`);
    if (!integration) throw new Error(`The route ${inputs.routeKey} has no integration`);
    return [
      ...(inputs.authorizationType === "NONE" ? [edge("request", "internet", api, "HTTPS")] : []),
      edge("request", api, resources.byArn(integration.inputs.integrationUri).id, inputs.routeKey),
    ];
  });
}

/** What anyone may do with a bucket without the API. */
function publicBuckets(resources: Resources): GraphEdge[] {
  const published = resources
    .all("s3/bucketPolicy")
    .flatMap(({ inputs }) => grants(inputs.policy))
    .filter(({ principals = [] }) => principals.some(({ identifiers }) => identifiers.includes("*")))
    .flatMap((grant) => grantEdges("request", "internet", grant, resources));
  // No bucket policy allows everyone to write, so a PUT from another origin needs a presigned URL.
  const presigned = resources
    .all("s3/bucketCorsConfiguration")
    .filter(({ inputs }) => JSON.stringify(inputs.corsRules).includes('"PUT"'))
    .map(({ inputs }) => resources.byPhysicalName("s3/bucket", inputs.bucket))
    .map((bucket) => edge("request", "internet", bucket, "presigned PUT"));
  return [...presigned, ...published];
}

function events(resources: Resources): GraphEdge[] {
  const failure = (from: string, arn?: string, retries?: number) =>
    arn ? [edge("failure", from, resources.byArn(arn).id, `after ${retries ?? "all"} retries`)] : [];
  const delivery = (from: string, { arn, deadLetterConfig, retryPolicy }: Resource["inputs"]) => [
    edge("event", from, resources.byArn(arn).id),
    ...failure(from, deadLetterConfig?.arn, retryPolicy?.maximumRetryAttempts),
  ];
  return [
    ...resources.all("cloudwatch/eventRule").flatMap(({ name, inputs }) => {
      const { detail, "detail-type": labels } = JSON.parse(inputs.eventPattern);
      return (detail?.jobName ?? []).map((job: string) =>
        edge("event", resources.byPhysicalName("glue/job", job), name, ...labels),
      );
    }),
    ...resources
      .all("cloudwatch/eventTarget")
      .flatMap(({ inputs }) =>
        delivery(resources.byPhysicalName("cloudwatch/eventRule", inputs.rule), inputs),
      ),
    ...resources.all("scheduler/schedule").flatMap(({ name, inputs }) => delivery(name, inputs.target)),
    ...resources.all("lambda/functionEventInvokeConfig").flatMap(({ inputs }) => {
      const from = resources.byPhysicalName("lambda/function", inputs.functionName);
      return failure(from, inputs.destinationConfig?.onFailure?.destination, inputs.maximumRetryAttempts);
    }),
    ...resources.all("s3/bucketNotification").flatMap(({ inputs }) => {
      const bucket = resources.byPhysicalName("s3/bucket", inputs.bucket);
      return inputs.lambdaFunctions.map(
        ({ lambdaFunctionArn, filterPrefix = "", filterSuffix = "" }: Resource["inputs"]) =>
          edge("event", bucket, resources.byArn(lambdaFunctionArn).id, `${filterPrefix}*${filterSuffix}`),
      );
    }),
    ...resources
      .all("cloudwatch/metricAlarm")
      .flatMap(({ inputs }) => inputs.alarmActions ?? [])
      .map((arn) => edge("alarm", "cloudwatch", resources.byArn(arn).id)),
  ];
}

/** What each role allows, except writing logs, which every role does. */
function permissions(resources: Resources): GraphEdge[] {
  return resources.all("iam/role").flatMap(({ name: role, inputs }) => {
    const holder = resources.nodes.find(({ inputs: { role: own, roleArn, target } }) =>
      [own, roleArn, target?.roleArn].some((held) => held?.endsWith(`role/${role}`)),
    );
    if (!holder) throw new Error(`No node of the diagram has the role ${role}`);
    return (inputs.inlinePolicies as { policy: string }[])
      .flatMap(({ policy }) => grants(policy))
      .filter(({ actions }) => !actions.every((action) => action.startsWith("logs:")))
      .flatMap((grant) => grantEdges("permission", holder.name, grant, resources));
  });
}

function grants(policy: string): Statement[] {
  return (JSON.parse(policy) as Statement[]).filter(({ effect = "Allow" }) => effect === "Allow");
}

/** An edge to each node that the statement names, labelled `GetObject on uploads/*`. */
function grantEdges(kind: GraphEdge["kind"], from: string, grant: Statement, resources: Resources) {
  const prefix = grant.conditions?.find(({ variable }) => variable === "s3:prefix")?.values;
  const actions = grant.actions.map((action) => action.replace(/^\w+:/, "")).join(", ");
  const found = grant.resources.map((arn) => resources.byArn(arn));
  return [...Map.groupBy(found, ({ id }) => id)].map(([to, same]) => {
    const paths = (prefix ?? same.map(({ path }) => stable(path))).join(", ");
    return edge(kind, from, to, paths ? `${actions} on ${paths}` : actions);
  });
}

/** Leaves out of a path what changes with every version of an object. */
function stable(path: string): string {
  return path
    .replace(/\/[0-9a-f]{16}\//, "/…/")
    .replace(/[^/]+\.whl$/, "*.whl")
    .replace(/^index\//, "");
}

/** Joins labels that differ only in their actions: `GetObject, PutObject on uploads/*`. */
function joinLabels(labels: string[]): string[] {
  const byPath = Map.groupBy(new Set(labels), (label) => label.split(" on ")[1]);
  return [...byPath].flatMap(([path, same]) =>
    path ? [`${same.map((label) => label.split(" on ")[0]).join(", ")} on ${path}`] : same,
  );
}

/** One edge for each pair of nodes and kind, with all their labels. */
export function edges(resources: Resources): GraphEdge[] {
  const others = [...requests(resources), ...publicBuckets(resources), ...events(resources)];
  // A schedule's permission to call its target is no edge of its own.
  const drawn = new Set(others.map(({ from, to }) => `${from} ${to}`));
  const all = [...others, ...permissions(resources).filter(({ from, to }) => !drawn.has(`${from} ${to}`))];
  const byEnds = Map.groupBy(all, ({ from, to, kind }) => `${from} ${to} ${kind}`);
  return [...byEnds.values()].flatMap(([first, ...more]) =>
    first ? [{ ...first, labels: joinLabels([first, ...more].flatMap(({ labels }) => labels)) }] : [],
  );
}
