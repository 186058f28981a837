/** What the architecture picture shows: read from the resource graph, and kept beside the picture as JSON. */
export interface Architecture {
  nodes: ArchitectureNode[];
  edges: ArchitectureEdge[];
}

export interface ArchitectureNode {
  /** The resource's name in the program; `internet` and `cloudwatch` stand for what is no single resource. */
  id: string;
  kind: NodeKind;
  /** The id as people say it: `GlueStateChangeFunction` is `glue-state-change`. */
  name: string;
  /** Its limits, indexes, retention: what its inputs say, in words. */
  details: string[];
}

export type NodeKind =
  | "internet"
  | "api"
  | "function"
  | "table"
  | "bucket"
  | "job"
  | "rule"
  | "schedule"
  | "queue"
  | "topic"
  | "cloudwatch";

export interface ArchitectureEdge {
  from: string;
  to: string;
  kind: EdgeKind;
  /** Routes of a request, `actions · what they are limited to` of a permission, what an event is about. */
  labels: string[];
}

/** `permission`: the role of `from` allows it. `failure`: goes there when it could not be delivered or handled. */
export type EdgeKind = "request" | "permission" | "event" | "failure" | "alarm";
