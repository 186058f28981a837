import { boundaries } from "./names.ts";
import { boundaryPolicy, deployPolicies, type Policy, type Stages } from "./policies.ts";
import { subjectOf } from "./repository.ts";

const subject = subjectOf(process.env);
const issuer = "token.actions.githubusercontent.com";

// An account can have only one provider per URL, so an existing one can be passed in.
const provider =
  process.env.GITHUB_OIDC_PROVIDER_ARN ??
  new aws.iam.OpenIdConnectProvider("GitHub", {
    url: `https://${issuer}`,
    clientIdLists: ["sts.amazonaws.com"],
  }).arn;

const target = $resolve({
  account: aws.getCallerIdentityOutput().accountId,
  region: aws.getRegionOutput().region,
  // SST writes this parameter before its first deployment in a region.
  buckets: aws.ssm
    .getParameterOutput({ name: "/sst/bootstrap" })
    .insecureValue.apply((value): Stages["buckets"] => JSON.parse(value)),
});

/** Creates a role that workflows with one of these token contexts can assume, its policies and its boundary. */
function deployer(kind: keyof typeof boundaries, stage: string, contexts: string[]) {
  const boundary = boundaries[kind];
  const document = (choose: (stages: Stages) => Policy) =>
    target.apply((found) => JSON.stringify(choose({ ...found, stage, boundary })));

  new aws.iam.Policy(`${kind}-boundary`, {
    name: boundary,
    description: `Permissions boundary of roles in unparquet's stage ${stage}`,
    policy: document(boundaryPolicy),
  });
  const policies = (["state", "resources", "roles"] as const).map(
    (part) =>
      new aws.iam.Policy(`${kind}-${part}`, {
        name: `unparquet-${kind}-${part}`,
        description: `Deploys unparquet's stage ${stage}: ${part}`,
        policy: document((stages) => deployPolicies(stages)[part]),
      }),
  );
  const role = new aws.iam.Role(`${kind}-role`, {
    name: `unparquet-${kind}`,
    description: `Lets GitHub deploy unparquet's stage ${stage}`,
    assumeRolePolicy: $jsonStringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "sts:AssumeRoleWithWebIdentity",
          Principal: { Federated: provider },
          Condition: {
            StringEquals: {
              [`${issuer}:aud`]: "sts.amazonaws.com",
              [`${issuer}:sub`]: contexts.map((context) => `${subject}:${context}`),
            },
          },
        },
      ],
    }),
  });
  for (const [index, { arn }] of policies.entries()) {
    new aws.iam.RolePolicyAttachment(`${kind}-${index}`, { role: role.name, policyArn: arn });
  }
  return role;
}

// Trusts main as well, for the nightly removal of leftover stages.
export const previewRole = deployer("preview", "pr-*", ["pull_request", "ref:refs/heads/main"]);
export const productionRole = deployer("production", "production", ["environment:production"]);
