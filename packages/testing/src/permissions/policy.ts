import * as z from "zod";

/**
 * What IAM answers: as much of its rules as our policy documents use. Anything else in a document throws, so that nothing is
 * ever allowed by a misunderstanding. Written anew because the one npm library for it is under the AGPL.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */

/** Text in which nothing is to be replaced: policy variables are not known here. */
const Pattern = z.string().refine((text) => !text.includes("${"), "policy variables are not understood");

/** A statement as Pulumi's `getPolicyDocument` takes it. */
const Statement = z.strictObject({
  effect: z.enum(["Allow", "Deny"]).default("Allow"),
  actions: z.array(Pattern).min(1),
  resources: z.array(Pattern).min(1),
  /** In a resource's policy; none of ours is for less than everyone. */
  principals: z
    .array(z.strictObject({ type: z.literal("*"), identifiers: z.tuple([z.literal("*")]) }))
    .optional(),
  conditions: z
    .array(
      z.strictObject({
        test: z.enum(["StringEquals", "StringLike", "ArnEquals", "Bool"]),
        variable: z.string(),
        values: z.array(Pattern).min(1),
      }),
    )
    .default([]),
});
type Condition = z.infer<typeof Statement>["conditions"][number];

/** What a statement says about one action on one resource: the least that can be granted, or be superfluous. */
export interface Permission {
  effect: "Allow" | "Deny";
  action: string;
  resource: string;
  conditions: Condition[];
}

/** An action that a request needs to be allowed. */
export interface Need {
  action: string;
  resource: string;
  /** Condition keys the request has. */
  context: Record<string, string>;
}

/** The permissions of a document. Throws when there is anything in it that is not understood. */
export const permissionsOf = (statements: unknown): Permission[] =>
  z
    .array(Statement)
    .parse(statements)
    .flatMap(({ effect, actions, resources, conditions }) =>
      actions.flatMap((action) => resources.map((resource) => ({ effect, action, resource, conditions }))),
    );

/** `s3:ListBucket on arn:aws:s3:::input if StringLike s3:prefix uploads/*` */
export const describePermission = ({ action, resource, conditions }: Permission): string =>
  [
    `${action} on ${resource}`,
    ...conditions.map(({ test, variable, values }) => `if ${test} ${variable} ${values.join(" ")}`),
  ].join(" ");

const like = (pattern: string, text: string): boolean => {
  const expression = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${expression}$`, "s").test(text);
};

const equalsIgnoringCase = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** The six parts of an ARN, of which only the last may hold colons. */
const parts = (arn: string): string[] => {
  const [partition = "", ...rest] = arn.split(":");
  return [partition, ...rest.slice(0, 4), rest.slice(4).join(":")];
};

/**
 * A wildcard stays within its part of the ARN, but crosses slashes.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
const likeArn = (pattern: string, arn: string): boolean => {
  const given = parts(arn);
  return pattern === "*" || parts(pattern).every((part, index) => like(part, given[index] ?? ""));
};

const operators: Record<Condition["test"], (wanted: string, value: string) => boolean> = {
  StringEquals: (wanted, value) => wanted === value,
  StringLike: like,
  ArnEquals: likeArn,
  Bool: equalsIgnoringCase,
};

/** A key the request does not have meets no condition. */
const holds = ({ test, variable, values }: Condition, context: Need["context"]): boolean => {
  const [, value] = Object.entries(context).find(([key]) => equalsIgnoringCase(key, variable)) ?? [];
  return value !== undefined && values.some((wanted) => operators[test](wanted, value));
};

const covers = (permission: Permission, { action, resource, context }: Need): boolean =>
  like(permission.action.toLowerCase(), action.toLowerCase()) &&
  likeArn(permission.resource, resource) &&
  permission.conditions.every((condition) => holds(condition, context));

/** Denied unless something allows it, and whatever allows it when something denies it. `by`: all that allow it. */
export const decide = (permissions: Permission[], need: Need): { allowed: boolean; by: Permission[] } => {
  const covering = permissions.filter((permission) => covers(permission, need));
  const by = covering.filter(({ effect }) => effect === "Allow");
  return { allowed: by.length > 0 && by.length === covering.length, by };
};
