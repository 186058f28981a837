import { cloudwatchDetails, details } from "./details.ts";
import { edges } from "./edges.ts";
import type { Architecture, ArchitectureNode, NodeKind } from "./graph.ts";
import { type Resource, Resources } from "./resources.ts";
import { nodeKinds } from "./types.ts";

/** `GlueStateChangeFunction` is `glue-state-change`. */
const spoken = (name: string) =>
  name
    .replace(/(Api|Function|Table|Bucket|Rule|Schedule|Queue|Topic)$/, "")
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, "-")
    .toLowerCase();

/** `POST /upload` beside `GET /upload/{jobId}/parts`. */
const byPath = (label: string) => label.split(" ").toReversed().join(" ");

const sorted = <T>(items: T[], key: (item: T) => string) =>
  items.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));

/**
 * The nodes and edges of what `deploy` recorded. Sorted, as the program makes its resources in any order.
 * Throws on a type of resource, a role or an ARN for which nobody has decided how the picture shows it.
 */
export function extract(recorded: Resource[]): Architecture {
  const resources = new Resources(recorded);
  const found = edges(resources);
  const outside: ArchitectureNode[] = [
    { id: "internet", kind: "internet", name: "internet", details: [] },
    { id: "cloudwatch", kind: "cloudwatch", name: "cloudwatch", details: cloudwatchDetails(resources) },
  ];
  const nodes = resources.nodes.map((resource) => ({
    id: resource.name,
    kind: nodeKinds[resource.type] as NodeKind,
    name: spoken(resource.name),
    details: details(resource, resources),
  }));
  return {
    nodes: sorted([...outside, ...nodes], ({ id }) => id),
    edges: sorted(
      found.map((edge) => ({
        ...edge,
        labels: edge.kind === "permission" ? edge.labels : sorted(edge.labels, byPath),
      })),
      ({ from, to, kind }) => `${from} ${to} ${kind}`,
    ),
  };
}
