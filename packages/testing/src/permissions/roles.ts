import fs from "node:fs/promises";
import path from "node:path";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";

/** A policy statement as in Pulumi's `getPolicyDocument`. */
interface Statement {
  effect?: "Allow" | "Deny";
  actions: string[];
  resources: string[];
  conditions?: { test: string; variable: string; values: string[] }[];
}

/** One action on one resource. */
export interface Permission {
  sid: string;
  effect: "Allow" | "Deny";
  action: string;
  resource: string;
  conditions: { test: string; variable: string; values: string[] }[];
}

/** IAM's decision about a role's call. */
interface Decision {
  role: string;
  action: string;
  resource: string;
  decision: "Allow" | "Deny" | "ImplicitDeny";
  /** Sid of the statement that allowed the call. */
  sid: string;
}

export function permissionsOf(statements: Statement[]): Permission[] {
  return statements
    .flatMap(({ effect = "Allow", actions, resources, conditions = [] }) =>
      actions.flatMap((action) => resources.map((resource) => ({ effect, action, resource, conditions }))),
    )
    .map((permission, index) => ({ sid: `Permission${index}`, ...permission }));
}

/** `s3:ListBucket on arn:aws:s3:::input if StringLike s3:prefix uploads/*` */
export function describePermission({ action, resource, conditions }: Permission): string {
  return [
    `${action} on ${resource}`,
    ...conditions.map(({ test, variable, values }) => `if ${test} ${variable} ${values.join(" ")}`),
  ].join(" ");
}

const version = "2012-10-17";

/**
 * Creates a role in the embedded IAM and returns environment variables with its session credentials.
 * @param arns maps ARNs in the permissions to resources of this AWS
 */
export async function createRole(
  RoleName: string,
  permissions: Permission[],
  arns: Map<string, string>,
): Promise<Record<string, string>> {
  const iam = new IAMClient({});
  const trust = {
    Effect: "Allow",
    Principal: { AWS: "*", Service: "lambda.amazonaws.com" },
    Action: "sts:AssumeRole",
  };
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName,
      AssumeRolePolicyDocument: JSON.stringify({ Version: version, Statement: [trust] }),
    }),
  );
  const here = (text: string) =>
    [...arns].reduce((result, [from, to]) => result.replace(new RegExp(`^${from}(?=$|[/:])`), to), text);
  const PolicyDocument = JSON.stringify({
    Version: version,
    Statement: permissions.map(({ sid, effect, action, resource, conditions }) => ({
      Sid: sid,
      Effect: effect,
      Action: action,
      Resource: here(resource),
      ...(conditions.length > 0 && {
        Condition: Object.fromEntries(
          conditions.map(({ test, variable, values }) => [test, { [variable]: values.map(here) }]),
        ),
      }),
    })),
  });
  if (permissions.length > 0) {
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "inline", PolicyDocument }));
  }
  const { Credentials } = await new STSClient({}).send(
    new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: "test" }),
  );
  return {
    AWS_REGION: process.env.AWS_REGION ?? "",
    AWS_DEFAULT_REGION: process.env.AWS_REGION ?? "",
    AWS_ENDPOINT_URL: process.env.AWS_ENDPOINT_URL ?? "",
    AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId ?? "",
    AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey ?? "",
    AWS_SESSION_TOKEN: Credentials?.SessionToken ?? "",
  };
}

/** The embedded IAM's decisions so far, recorded by aws/serve.py. */
export async function decisions(folder: string): Promise<Decision[]> {
  const text = await fs.readFile(path.join(folder, "aws/decisions.jsonl"), "utf8").catch(() => "");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}
