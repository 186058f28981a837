import type { Policy, Statement } from "../../../../infra/bootstrap/policies.ts";

function matches(pattern: string, text: string): boolean {
  const expression = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${expression}$`, "s").test(text);
}

/** Splits an ARN into its six parts. Only the last may contain colons. */
function parts(arn: string): string[] {
  const [partition = "", ...rest] = arn.split(":");
  return [partition, ...rest.slice(0, 4), rest.slice(4).join(":")];
}

/** A wildcard matches within one part of the ARN, including slashes. */
function matchesArn(pattern: string, arn: string): boolean {
  const given = parts(arn);
  return pattern === "*" || parts(pattern).every((part, index) => matches(part, given[index] ?? ""));
}

const operators: Record<string, (wanted: string, value: string) => boolean> = {
  StringEquals: (wanted, value) => wanted === value,
  StringLike: matches,
  ArnEquals: matchesArn,
};

/** A condition fails if the request lacks its key. */
function holds(condition: Statement["Condition"] = {}, context: Record<string, string>): boolean {
  return Object.entries(condition).every(([operator, keys]) => {
    const compare = operators[operator];
    if (!compare) throw new Error(`Unknown condition operator ${operator}`);
    return Object.entries(keys).every(([key, wanted]) => {
      const value = context[key];
      return value !== undefined && [wanted].flat().some((pattern) => compare(pattern, value));
    });
  });
}

/**
 * Whether these policies, which have only Allow statements, permit the call. Used because the embedded IAM's policy simulator
 * ignores condition keys.
 */
export function allows(
  policies: Policy[],
  action: string,
  resource: string,
  context: Record<string, string> = {},
): boolean {
  return policies.some(({ Statement }) =>
    Statement.some(
      ({ Effect, Action, Resource, Condition }) =>
        Effect === "Allow" &&
        Action.some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())) &&
        Resource.some((pattern) => matchesArn(pattern, resource)) &&
        holds(Condition, context),
    ),
  );
}
