import { boundaries } from "./names.ts";
import { boundaryPolicy, deployPolicies, type Policy, type Stages } from "./policies.ts";
import { subjectOf } from "./repository.ts";

const subject = subjectOf(process.env);
const issuer = "token.actions.githubusercontent.com";

// An account can have one provider of a URL only: name the one it has already.
const provider =
  process.env.GITHUB_OIDC_PROVIDER_ARN ??
  new aws.iam.OpenIdConnectProvider("GitHub", {
    url: `https://${issuer}`,
    clientIdLists: ["sts.amazonaws.com"],
  }).arn;

const surroundings = $resolve({
  account: aws.getCallerIdentityOutput().accountId,
  region: aws.getRegionOutput().region,
  // Written by SST before it runs a program in a region for the first time.
  buckets: aws.ssm
    .getParameterOutput({ name: "/sst/bootstrap" })
    .insecureValue.apply((value): Stages["buckets"] => JSON.parse(value)),
});

/** A role for the workflows whose tokens have one of the contexts, its policies, and the boundary of what it creates. */
function deployer(kind: keyof typeof boundaries, stage: string, contexts: string[]) {
  const boundary = boundaries[kind];
  const document = (choose: (stages: Stages) => Policy) =>
    surroundings.apply((found) => JSON.stringify(choose({ ...found, stage, boundary })));

  new aws.iam.Policy(`${kind}-boundary`, {
    name: boundary,
    description: `The most that a role of unparquet's stage ${stage} may do`,
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
    description: `GitHub's, to deploy unparquet's stage ${stage}`,
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

// A nightly run on main removes what pull requests left.
export const previewRole = deployer("preview", "pr-*", ["pull_request", "ref:refs/heads/main"]);
export const productionRole = deployer("production", "production", ["environment:production"]);
