/** A step of `sst diff --json`: Pulumi's StepEventMetadata, of which only this much is read. */
export interface Step {
  op: string;
  urn: string;
  type: string;
  /** Changed properties. */
  diffs?: string[];
  detailedDiff?: Record<string, unknown> | null;
}

export interface ResourceChange {
  kind: "created" | "updated" | "replaced" | "deleted";
  /** `aws.glue.Job` */
  type: string;
  name: string;
  /** Names of the properties that change, never their values: these may be secrets. */
  properties: string[];
}

/** The other operations are parts of a replacement, or change nothing. */
const kinds: Record<string, ResourceChange["kind"]> = {
  create: "created",
  import: "created",
  update: "updated",
  replace: "replaced",
  delete: "deleted",
};

/** What a deployment would do to cloud resources; to SST's components, which only group them, it does nothing. */
export function resourceChanges(steps: Step[]): ResourceChange[] {
  return steps.flatMap(({ op, urn, type, diffs, detailedDiff }) => {
    const kind = kinds[op];
    if (!kind || type.startsWith("sst:") || type.startsWith("pulumi:")) return [];
    const properties = Object.keys(detailedDiff ?? {});
    return [
      {
        kind,
        type: displayName(type),
        name: urn.split("::").at(-1) ?? urn,
        properties: properties.length > 0 ? properties : (diffs ?? []),
      },
    ];
  });
}

/** `aws:glue/job:Job` as it is written in code: `aws.glue.Job`. */
function displayName(type: string) {
  const [provider, module = "", name] = type.split(":");
  return [provider, module.split("/")[0], name].filter(Boolean).join(".");
}
