import type { Policy } from "../../../../infra/bootstrap/policies.ts";
import { decide, permissionsOf } from "./policy.ts";

/** Whether IAM would allow the call to a role with just these policies. */
export function allows(
  policies: Policy[],
  action: string,
  resource: string,
  context: Record<string, string> = {},
) {
  const statements = policies.flatMap(({ Statement }) =>
    Statement.map(({ Effect, Action, Resource, Condition = {} }) => ({
      effect: Effect,
      actions: Action,
      resources: Resource,
      conditions: Object.entries(Condition).flatMap(([test, keys]) =>
        Object.entries(keys).map(([variable, values]) => ({ test, variable, values: [values].flat() })),
      ),
    })),
  );
  return decide(permissionsOf(statements), { action, resource, context }).allowed;
}
