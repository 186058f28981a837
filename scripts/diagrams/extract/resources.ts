import type { Recorded } from "@unparquet/testing/deployment/deploy";
import { isKnown, nodeKinds } from "./types.ts";

export type Resource = Pick<Recorded, "type" | "name" | "inputs">;

/** Finds resources by the ways in which they refer to each other. */
export class Resources {
  readonly #resources: Resource[];

  /** Throws on a type that nobody has decided how to show. */
  constructor(resources: Resource[]) {
    this.#resources = resources;
    for (const { type, name } of resources) {
      if (isKnown(type)) continue;
      throw new Error(
        `${name} is of type ${type}, which the architecture picture does not know. Decide in scripts/diagrams/extract/types.ts: a node, counted, read for edges, or a mere setting`,
      );
    }
  }

  all(type: string): Resource[] {
    return this.#resources.filter((resource) => resource.type === type);
  }

  get nodes(): Resource[] {
    return this.#resources.filter(({ type }) => nodeKinds[type]);
  }

  /** By the name it has in AWS, which application and stage are part of. */
  named(type: string, physical: string): Resource {
    const found = this.all(type).find(({ inputs }) => (inputs.bucket ?? inputs.name) === physical);
    if (!found) throw new Error(`The resource graph has no ${type} called ${physical}`);
    return found;
  }

  /** The node whose ARN this is, and what of it: `InputBucket` and `uploads/*`. Throws when it is no node's. */
  located(arn: string): { id: string; part: string } {
    const [, local = arn] = /^arn:aws:[\w-]+:[^:]*:[^:]*:(.+)$/.exec(arn) ?? [];
    for (const { type, name } of this.nodes) {
      const own = nodeKinds[type] === "bucket" ? name : `${type.replace(/.*\/(\w+):.*/, "$1")}/${name}`;
      if (local === own) return { id: name, part: "" };
      if (local.startsWith(`${own}/`)) return { id: name, part: local.slice(own.length + 1) };
    }
    throw new Error(
      `${arn} is used in the resource graph and is no node of the architecture picture. Decide in scripts/diagrams/extract how to show it`,
    );
  }
}
