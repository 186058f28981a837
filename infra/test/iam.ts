import type { Policy } from "../bootstrap/policies.ts";

/** A value of IAM's pattern language: `*` any characters, `?` one. */
function matches(pattern: string, value: string) {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`).test(value);
}

/**
 * Whether IAM would allow the call to a role with just these policies. There is no IAM on a machine without AWS; this knows
 * what the policies use: Allow, patterns, and the conditions StringEquals and StringLike, of which a missing key meets none.
 */
export function allows(
  policies: Policy[],
  action: string,
  resource: string,
  context: Record<string, string> = {},
) {
  return policies
    .flatMap(({ Statement }) => Statement)
    .some(
      ({ Action, Resource, Condition = {} }) =>
        Action.some((pattern) => matches(pattern, action)) &&
        Resource.some((pattern) => matches(pattern, resource)) &&
        Object.entries(Condition).every(([operator, keys]) =>
          Object.entries(keys).every(([key, wanted]) => {
            const value = context[key];
            if (value === undefined) return false;
            return [wanted]
              .flat()
              .some((one) => (operator === "StringLike" ? matches(one, value) : one === value));
          }),
        ),
    );
}
