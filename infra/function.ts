import { reserve } from "./concurrency.ts";
import { config, prefix } from "./stage.ts";

interface LambdaArgs
  extends Pick<sst.aws.FunctionArgs, "link" | "memory" | "timeout" | "retries" | "copyFiles" | "transform"> {
  permissions?: sst.aws.FunctionPermissionArgs[];
  /** Reserved concurrency, applied in production if the account's quota allows it. */
  reserved?: number;
}

export function logGroupName(functionName: string) {
  return `/aws/lambda/${prefix}/${functionName}`;
}

/** Deploys `packages/functions/src/lambda/{name}.ts` with a role that has these permissions and may write its own logs. */
export function lambda(name: string, { permissions = [], reserved, transform, ...args }: LambdaArgs) {
  const id = name.replaceAll(/(?:^|-)(\w)/g, (_, first: string) => first.toUpperCase());
  const logs = new aws.cloudwatch.LogGroup(`${id}Logs`, {
    name: logGroupName(name),
    retentionInDays: config.logRetentionDays,
  });
  return new sst.aws.Function(id, {
    description: `unparquet ${name}`,
    handler: `packages/functions/src/lambda/${name}.handler`,
    runtime: "nodejs24.x",
    architecture: "arm64",
    // For functions that people wait for; docs/functions.md has the measurements.
    memory: "1024 MB",
    timeout: "10 seconds",
    // `sourcemap: true` keeps the map beside the bundle; by default SST moves it out of the archive.
    nodejs: { minify: true, sourcemap: true },
    environment: { NODE_OPTIONS: "--enable-source-maps", POWERTOOLS_METRICS_NAMESPACE: prefix },
    logging: { logGroup: logs.name },
    ...(reserved !== undefined && reserve(reserved)),
    permissions: [
      ...permissions,
      {
        actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
        resources: [$interpolate`${logs.arn}:*`],
      },
    ],
    transform: {
      ...transform,
      role: {
        // SST attaches AWSLambdaBasicExecutionRole, which can write to every log group of the account.
        managedPolicyArns: [],
        // SST lets the whole account assume the role, but only live functions need that: they run on a developer's machine.
        ...(!$dev && {
          assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" }),
        }),
      },
    },
    ...args,
  });
}
