/** What one statement allows. */
export interface Grant {
  /** With their service: `s3:GetObject`. */
  actions: string[];
  /** ARNs. */
  targets: string[];
  /** The only key prefix that may be listed, if the statement says so. */
  prefix: string | undefined;
  toEveryone: boolean;
}

interface Statement {
  effect?: string;
  actions: string[];
  resources: string[];
  principals?: { identifiers: string[] }[];
  conditions?: { variable: string; values: string[] }[];
}

/** What a policy document allows, as Pulumi writes its statements. What it denies takes no edge away here. */
export function grants(policy: string): Grant[] {
  return (JSON.parse(policy) as Statement[])
    .filter(({ effect = "Allow" }) => effect === "Allow")
    .map(({ actions, resources, principals = [], conditions = [] }) => ({
      actions,
      targets: resources,
      prefix: conditions.find(({ variable }) => variable === "s3:prefix")?.values.join(" "),
      toEveryone: principals.some(({ identifiers }) => identifiers.includes("*")),
    }));
}
