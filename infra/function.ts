import { reserve } from "./concurrency.ts";
import { leaveSourcesOut } from "./source-map.ts";
import { config, prefix } from "./stage.ts";

interface Capability
  extends Pick<sst.aws.FunctionArgs, "link" | "memory" | "timeout" | "retries" | "copyFiles" | "transform"> {
  permissions?: sst.aws.FunctionPermissionArgs[];
  /** How many run at once at most, and are kept free for it, in production where the account's quota allows it. */
  reserved?: number;
}

/** Of the function of that name. */
export const logGroupName = (name: string) => `/aws/lambda/${prefix}/${name}`;

/**
 * Where the SDK looks for credentials when the environment has none: a tenth of a bundle, and a function's environment always
 * has them. Imported when looked at, so leaving them out breaks nothing else.
 */
const otherCredentials = [
  "@smithy/credential-provider-imds",
  ...["http", "ini", "process", "sso", "web-identity"].map((name) => `@aws-sdk/credential-provider-${name}`),
];

/** The function of `packages/functions/src/{name}.ts`, with a role that allows its permissions and its own logs. */
export function capability(name: string, { permissions = [], reserved, transform, ...args }: Capability) {
  const id = name.replaceAll(/(?:^|-)(\w)/g, (_, first: string) => first.toUpperCase());
  const logs = new aws.cloudwatch.LogGroup(`${id}Logs`, {
    name: logGroupName(name),
    retentionInDays: config.logRetentionDays,
  });
  return new sst.aws.Function(id, {
    description: `unparquet ${name}`,
    handler: `packages/functions/src/${name}.handler`,
    runtime: "nodejs24.x",
    architecture: "arm64",
    // What someone waits for; docs/functions.md has the figures.
    memory: "1024 MB",
    timeout: "10 seconds",
    // `sourcemap` leaves the map beside the bundle; without, SST would move it away.
    nodejs: { minify: true, sourcemap: true, esbuild: { external: otherCredentials } },
    hook: { postbuild: leaveSourcesOut },
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
        // SST attaches AWSLambdaBasicExecutionRole, which may write to every log group of the account.
        managedPolicyArns: [],
        // SST lets the whole account assume the role, which only a live function needs: its code runs on a laptop.
        ...(!$dev && {
          assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" }),
        }),
      },
    },
    ...args,
  });
}
