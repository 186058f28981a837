export interface Resource {
  type: string;
  name: string;
  // biome-ignore lint/suspicious/noExplicitAny: inputs of any resource type
  inputs: any;
}

/** Resource types that are drawn as a node each. */
const kinds = {
  "apigatewayv2/api": "api",
  "lambda/function": "function",
  "dynamodb/table": "table",
  "s3/bucket": "bucket",
  "glue/job": "job",
  "cloudwatch/eventRule": "rule",
  "scheduler/schedule": "schedule",
  "sqs/queue": "queue",
  "sns/topic": "topic",
} as const;
export type NodeKind = (typeof kinds)[keyof typeof kinds];

/** Resource types that the CloudWatch node counts. */
export const counted: Record<string, string> = {
  "cloudwatch/metricAlarm": "alarm",
  "cloudwatch/compositeAlarm": "composite alarm",
  "cloudwatch/dashboard": "dashboard",
  "cloudwatch/logGroup": "log group",
  "cloudwatch/queryDefinition": "log query",
  "cloudwatch/logMetricFilter": "metric filter",
};

const drawnAsEdges =
  /^(apigatewayv2\/(integration|route|stage)|cloudwatch\/eventTarget|iam\/role|lambda\/functionEventInvokeConfig|s3\/bucket(CorsConfiguration|LifecycleConfiguration|Notification|Policy))$/;
const notDrawn =
  /^((sst|pulumi|random):.*|lambda\/permission|sqs\/queuePolicy|sns\/topic(Policy|Subscription)|s3\/bucket(Objectv2|PublicAccessBlock))$/;

/** The recorded resources, with lookups by physical name and by ARN. Types are shortened to `lambda/function`. */
export class Resources {
  readonly #resources: Resource[];

  /** Throws on a resource type that this file does not list. */
  constructor(recorded: Resource[]) {
    // The program creates its resources in no particular order.
    const sorted = recorded.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    this.#resources = sorted.map((each) => ({ ...each, type: each.type.replace(/^aws:(.+):\w+$/, "$1") }));
    for (const { type, name } of this.#resources) {
      if (type in kinds || type in counted || drawnAsEdges.test(type) || notDrawn.test(type)) continue;
      throw new Error(`${name} has the unknown type ${type}: list it in ${import.meta.filename}`);
    }
  }

  all(type: string): Resource[] {
    return this.#resources.filter((resource) => resource.type === type);
  }

  get nodes(): (Resource & { kind: NodeKind })[] {
    return Object.entries(kinds).flatMap(([type, kind]) => this.all(type).map((each) => ({ ...each, kind })));
  }

  byPhysicalName(type: keyof typeof kinds, physical: string): string {
    const found = this.all(type).find(({ inputs }) => (inputs.bucket ?? inputs.name) === physical);
    if (!found) throw new Error(`There is no ${type} named ${physical}`);
    return found.name;
  }

  /** Splits an ARN into a node's name and the path below it: `InputBucket` and `uploads/*`. */
  byArn(arn: string): { id: string; path: string } {
    const local = arn.replace(/^arn:aws:[\w-]+:[^:]*:[^:]*:/, "");
    for (const { type, kind, name } of this.nodes) {
      const own = kind === "bucket" ? name : `${type.split("/")[1]}/${name}`;
      if (local === own || local.startsWith(`${own}/`))
        return { id: name, path: local.slice(own.length + 1) };
    }
    throw new Error(`${arn} belongs to no node of the diagram`);
  }
}
