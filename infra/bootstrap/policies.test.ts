import { deploy, type Recorded } from "@unparquet/testing/deployment/deploy";
import { allows } from "@unparquet/testing/permissions/allows";
import { describe, expect, test } from "vitest";
import { boundaries } from "./names.ts";
import type { Policy, Statement } from "./policies.ts";
import { subjectOf } from "./repository.ts";

const repository = {
  GITHUB_REPOSITORY: "anna/unparquet",
  GITHUB_REPOSITORY_OWNER_ID: "1",
  GITHUB_REPOSITORY_ID: "2",
};
/** All of them, so that the roles may create whatever a stage can have. */
const UNPARQUET_LANES = "lambda,shell,spark";
const [bootstrap, pullRequest, another, production] = await Promise.all([
  deploy("github", { config: "infra/bootstrap/sst.config.ts", env: repository }),
  deploy("pr-1", { env: { UNPARQUET_LANES, UNPARQUET_PERMISSIONS_BOUNDARY: boundaries.preview } }),
  deploy("pr-23456"),
  deploy("production", { env: { UNPARQUET_LANES, UNPARQUET_PERMISSIONS_BOUNDARY: boundaries.production } }),
]);

const account = "123456789012";
const policyOf = (name: string): Policy => JSON.parse(bootstrap.one("aws:iam/policy:Policy", name).policy);
const deployer = (kind: "preview" | "production") =>
  ["state", "resources", "roles"].map((part) => policyOf(`${kind}-${part}`));
const preview = deployer("preview");

test("the bootstrap is not listed among unparquet's stages", () => {
  expect(bootstrap.app.name.startsWith(pullRequest.app.name)).toBe(false);
});

describe("which runs may take a role", () => {
  const trusted = (role: string) => {
    const { Statement } = JSON.parse(bootstrap.one("aws:iam/role:Role", role).assumeRolePolicy);
    expect(Statement).toHaveLength(1);
    const [{ Effect, Action, Condition }] = Statement;
    expect([Effect, Action]).toEqual(["Allow", "sts:AssumeRoleWithWebIdentity"]);
    expect(Object.keys(Condition)).toEqual(["StringEquals"]);
    const { StringEquals: claims } = Condition;
    expect(claims["token.actions.githubusercontent.com:aud"]).toBe("sts.amazonaws.com");
    return claims["token.actions.githubusercontent.com:sub"];
  };

  test("pull requests and main may assume the preview role, and the environment production its own role", () => {
    expect(trusted("preview-role")).toEqual([
      "repo:anna@1/unparquet@2:pull_request",
      "repo:anna@1/unparquet@2:ref:refs/heads/main",
    ]);
    expect(trusted("production-role")).toEqual(["repo:anna@1/unparquet@2:environment:production"]);
  });

  test("the token subject has only names if the repository's tokens have no ids", () => {
    expect(subjectOf({ GITHUB_REPOSITORY: "anna/unparquet.js" })).toBe("repo:anna/unparquet.js");
  });

  test.each([
    [{}, "GITHUB_REPOSITORY is missing"],
    [{ GITHUB_REPOSITORY: "unparquet" }, "GITHUB_REPOSITORY is unparquet"],
    [{ GITHUB_REPOSITORY: "anna/*" }, "GITHUB_REPOSITORY is anna/*"],
    [{ ...repository, GITHUB_REPOSITORY_ID: undefined }, "must both be numbers"],
    [{ ...repository, GITHUB_REPOSITORY_OWNER_ID: "*" }, "must both be numbers"],
  ])("an incomplete or invalid repository is an error: %j", (env, message) => {
    expect(() => subjectOf(env)).toThrow(message);
  });

  test("an existing OIDC provider of the account is reused", async () => {
    const arn = `arn:aws:iam::${account}:oidc-provider/token.actions.githubusercontent.com`;
    const { all, one } = await deploy("github", {
      config: "infra/bootstrap/sst.config.ts",
      env: { ...repository, GITHUB_OIDC_PROVIDER_ARN: arn },
    });
    expect(all("aws:iam/openIdConnectProvider:OpenIdConnectProvider")).toEqual([]);
    expect(one("aws:iam/role:Role", "preview-role").assumeRolePolicy).toContain(arn);
  });
});

describe.each(bootstrap.all("aws:iam/policy:Policy"))("policy $name", ({ name, inputs }) => {
  const statements: Statement[] = JSON.parse(inputs.policy).Statement;

  test(`policy ${name} is within IAM's size limit`, () => {
    expect(inputs.policy.length).toBeLessThanOrEqual(6_144);
  });

  test(`policy ${name} allows on all resources only actions without resource-level permissions`, () => {
    for (const { Action, Resource } of statements) {
      expect(Action).not.toContain("*");
      if (!Resource.includes("*")) continue;
      for (const action of Action) {
        expect(action).toMatch(
          /^(lambda:GetAccountSettings|logs:(\w+LogDelivery|ListLogDeliveries|\w+ResourcePolic\w+|\w+QueryDefinitions?))$/,
        );
      }
    }
  });
});

type Call = [action: string, resource: string, context?: Record<string, string>];

/** The calls that create a resource of each type. Resources without a name in their inputs have the stage's prefix. */
const calls: Record<string, (inputs: Recorded["inputs"], stage: string) => Call[]> = {
  "aws:apigatewayv2/api:Api": (_, stage) => [
    ["apigateway:POST", api(""), tags("Request", stage)],
    ["apigateway:TagResource", api(""), tags("Request", stage)],
    ["apigateway:DELETE", api("/a1b2c3d4e5"), tags("Resource", stage)],
  ],
  "aws:apigatewayv2/stage:Stage": (_, stage) => [
    ["apigateway:TagResource", api("/a1b2c3d4e5/stages"), tags("Request", stage)],
    ["apigateway:PATCH", api("/a1b2c3d4e5/stages/$default"), tags("Resource", stage)],
    ["logs:CreateLogDelivery", "*"],
  ],
  "aws:apigatewayv2/integration:Integration": () => [["apigateway:POST", api("/a1b2c3d4e5/integrations")]],
  "aws:apigatewayv2/route:Route": () => [["apigateway:PATCH", api("/a1b2c3d4e5/routes/abc")]],
  "aws:cloudwatch/dashboard:Dashboard": ({ dashboardName }) => [
    ["cloudwatch:PutDashboard", `arn:aws:cloudwatch::${account}:dashboard/${dashboardName}`],
  ],
  "aws:cloudwatch/eventRule:EventRule": ({ name }) => [["events:PutRule", arn("events", `rule/${name}`)]],
  "aws:cloudwatch/eventTarget:EventTarget": (_, stage) => [
    ["events:PutTargets", arn("events", `rule/unparquet-${stage}-any`)],
  ],
  "aws:cloudwatch/logGroup:LogGroup": ({ name }) => [
    ["logs:CreateLogGroup", arn("logs", `log-group:${name}`)],
  ],
  "aws:cloudwatch/logMetricFilter:LogMetricFilter": ({ logGroupName }) => [
    ["logs:PutMetricFilter", arn("logs", `log-group:${logGroupName}`)],
  ],
  "aws:cloudwatch/metricAlarm:MetricAlarm": ({ name }) => [
    ["cloudwatch:PutMetricAlarm", arn("cloudwatch", `alarm:${name}`)],
  ],
  "aws:cloudwatch/queryDefinition:QueryDefinition": () => [["logs:PutQueryDefinition", "*"]],
  "aws:dynamodb/table:Table": ({ name }) => [["dynamodb:CreateTable", arn("dynamodb", `table/${name}`)]],
  "aws:glue/job:Job": ({ name }) => [["glue:CreateJob", arn("glue", `job/${name}`)]],
  "aws:iam/role:Role": ({ name, permissionsBoundary }) => [
    ["iam:CreateRole", role(name), { "iam:PermissionsBoundary": permissionsBoundary }],
    ["iam:PutRolePolicy", role(name), { "iam:PermissionsBoundary": permissionsBoundary }],
    ["iam:PassRole", role(name), { "iam:PassedToService": "lambda.amazonaws.com" }],
  ],
  "aws:lambda/function:Function": ({ name, s3Bucket, s3Key }) => [
    ["lambda:CreateFunction", lambda(name)],
    // Its code.
    ["s3:GetObject", `arn:aws:s3:::${s3Bucket}/${s3Key}`],
  ],
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": ({ functionName }) => [
    ["lambda:PutFunctionEventInvokeConfig", lambda(functionName)],
  ],
  "aws:lambda/permission:Permission": (_, stage) => [
    ["lambda:AddPermission", lambda(`unparquet-${stage}-any`)],
  ],
  "aws:s3/bucket:Bucket": ({ bucket }) => [["s3:CreateBucket", `arn:aws:s3:::${bucket}`]],
  "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": ({ bucket }) => [
    ["s3:PutBucketCORS", `arn:aws:s3:::${bucket}`],
  ],
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ({ bucket }) => [
    ["s3:PutLifecycleConfiguration", `arn:aws:s3:::${bucket}`],
  ],
  "aws:s3/bucketNotification:BucketNotification": ({ bucket }) => [
    ["s3:PutBucketNotification", `arn:aws:s3:::${bucket}`],
  ],
  "aws:s3/bucketObjectv2:BucketObjectv2": ({ bucket, key }) => [
    ["s3:PutObject", `arn:aws:s3:::${bucket}/${key}`],
    ["s3:PutObjectTagging", `arn:aws:s3:::${bucket}/${key}`],
  ],
  "aws:s3/bucketPolicy:BucketPolicy": ({ bucket }) => [["s3:PutBucketPolicy", `arn:aws:s3:::${bucket}`]],
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ({ bucket }) => [
    ["s3:PutBucketPublicAccessBlock", `arn:aws:s3:::${bucket}`],
  ],
  "aws:scheduler/schedule:Schedule": ({ name }) => [
    ["scheduler:CreateSchedule", arn("scheduler", `schedule/default/${name}`)],
  ],
  "aws:sns/topic:Topic": ({ name }) => [["sns:CreateTopic", arn("sns", name)]],
  "aws:sns/topicSubscription:TopicSubscription": (_, stage) => [
    ["sns:Subscribe", arn("sns", `unparquet-${stage}-any`)],
  ],
  "aws:sqs/queue:Queue": ({ name }) => [["sqs:CreateQueue", arn("sqs", name)]],
  "aws:sqs/queuePolicy:QueuePolicy": (_, stage) => [
    ["sqs:SetQueueAttributes", arn("sqs", `unparquet-${stage}-any`)],
  ],
};

function arn(service: string, resource: string) {
  return `arn:aws:${service}:us-east-1:${account}:${resource}`;
}

function api(path: string) {
  return `arn:aws:apigateway:us-east-1::/apis${path}`;
}

function lambda(name: string) {
  return arn("lambda", `function:${name}`);
}

function role(name: string) {
  return `arn:aws:iam::${account}:role/${name}`;
}

function tags(of: "Request" | "Resource", stage: string) {
  return { [`aws:${of}Tag/sst:app`]: "unparquet", [`aws:${of}Tag/sst:stage`]: stage };
}

/** Types that create no AWS resource. */
const local = (type: string) => /^(sst|pulumi|random):/.test(type);

function callsOf({ resources }: typeof pullRequest, stage: string) {
  const found = resources.filter(({ type }) => !local(type));
  return found.flatMap(({ type, inputs }) => {
    const needed = calls[type];
    if (!needed)
      throw new Error(
        `Say in this test which calls make a ${type}, and in policies.ts that they are allowed`,
      );
    return needed(inputs, stage).map(([action, resource, context]) => ({ action, resource, context }));
  });
}

// Resources without a stage in their name or tags, as documented in docs/previews.md.
const shared = ({ resource }: { resource: string }) =>
  resource === "*" ||
  /\/apis\/\w+\/(routes|integrations)/.test(resource) ||
  resource.startsWith("arn:aws:s3:::sst-assets/");

describe.each([
  { kind: "preview" as const, own: callsOf(pullRequest, "pr-1"), others: callsOf(production, "production") },
  {
    kind: "production" as const,
    own: callsOf(production, "production"),
    others: callsOf(pullRequest, "pr-1"),
  },
])("the $kind role", ({ kind, own, others }) => {
  const policies = deployer(kind);

  test(`the ${kind} role may create every resource of its stages`, () => {
    const refused = own.filter(
      ({ action, resource, context }) => !allows(policies, action, resource, context),
    );
    expect(refused).toEqual([]);
  });

  test(`the ${kind} role may read the account's concurrency quota`, () => {
    expect(allows(policies, "lambda:GetAccountSettings", "*")).toBe(true);
  });

  test(`the ${kind} role may create no resource of another stage`, () => {
    const allowed = others.filter(({ action, resource, context }) =>
      allows(policies, action, resource, context),
    );
    expect(allowed.filter((call) => !shared(call))).toEqual([]);
  });

  test(`the ${kind} role may read and write only the state of its stages`, () => {
    const [mine, theirs] = kind === "preview" ? ["pr-1", "production"] : ["production", "pr-1"];
    for (const key of [
      "app/unparquet/STAGE.json",
      "lock/unparquet/STAGE.json",
      "snapshot/unparquet/STAGE/1.json",
    ]) {
      const object = (stage: string) => `arn:aws:s3:::sst-state/${key.replace("STAGE", stage)}`;
      for (const action of ["s3:GetObject", "s3:PutObject"]) {
        expect([key, allows(policies, action, object(mine))]).toEqual([key, true]);
        expect([key, allows(policies, action, object(theirs))]).toEqual([key, false]);
      }
    }
    const passphrase = (stage: string) => arn("ssm", `parameter/sst/passphrase/unparquet/${stage}`);
    expect(allows(policies, "ssm:GetParameter", passphrase(mine))).toBe(true);
    expect(allows(policies, "ssm:GetParameter", passphrase(theirs))).toBe(false);
  });
});

test("a pull request with a long number can be deployed", () => {
  const bounded = { "iam:PermissionsBoundary": `arn:aws:iam::${account}:policy/${boundaries.preview}` };
  const refused = callsOf(another, "pr-23456").filter(
    ({ action, resource, context }) => !allows(preview, action, resource, { ...context, ...bounded }),
  );
  expect(refused).toEqual([]);
});

describe("a pull request cannot make itself an administrator", () => {
  const mine = role("unparquet-pr-1-UploadRole-abc");
  const bounded = { "iam:PermissionsBoundary": `arn:aws:iam::${account}:policy/${boundaries.preview}` };

  test("a pull request cannot create a role with another name or without the boundary", () => {
    for (const action of ["iam:CreateRole", "iam:PutRolePolicy"]) {
      expect(allows(preview, action, mine, bounded)).toBe(true);
      expect(allows(preview, action, mine)).toBe(false);
      const other = { "iam:PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess" };
      expect(allows(preview, action, mine, other)).toBe(false);
      expect(allows(preview, action, role("unparquet-preview"), bounded)).toBe(false);
      expect(allows(preview, action, role("unparquet-production"), bounded)).toBe(false);
    }
  });

  test("a pull request cannot extend a role or its boundary", () => {
    const boundary = `arn:aws:iam::${account}:policy/${boundaries.preview}`;
    for (const action of ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DeletePolicy"]) {
      expect(allows(preview, action, boundary, bounded)).toBe(false);
    }
    for (const action of ["iam:DeleteRolePermissionsBoundary", "iam:AttachRolePolicy", "sts:AssumeRole"]) {
      expect(allows(preview, action, mine, bounded)).toBe(false);
    }
  });

  test("a pull request cannot pass a role to another service, or pass another stage's role", () => {
    const to = (service: string) => ({ "iam:PassedToService": `${service}.amazonaws.com` });
    expect(allows(preview, "iam:PassRole", mine, to("glue"))).toBe(true);
    expect(allows(preview, "iam:PassRole", mine, to("ec2"))).toBe(false);
    expect(allows(preview, "iam:PassRole", role("unparquet-production"), to("lambda"))).toBe(false);
  });
});

describe("the boundary", () => {
  const boundaryOf = ({ inputs }: Recorded) => inputs.permissionsBoundary;

  test("every role of a stage deployed by the workflows has the boundary", () => {
    for (const [stage, name] of [
      [pullRequest, boundaries.preview],
      [production, boundaries.production],
    ] as const) {
      const bounds = new Set(stage.all("aws:iam/role:Role").map(boundaryOf));
      expect([...bounds]).toEqual([`arn:aws:iam::${account}:policy/${name}`]);
    }
  });

  test("roles deployed from a laptop need no boundary", () => {
    expect(another.all("aws:iam/role:Role").filter(boundaryOf)).toEqual([]);
  });

  test("the boundary allows every action that the roles are deployed with", () => {
    const allowed = policyOf("preview-boundary").Statement.flatMap(({ Action }) => Action);
    const used = pullRequest
      .all("aws:iam/role:Role")
      .flatMap(({ inputs }) => inputs.inlinePolicies)
      .flatMap(({ policy }: { policy: string }) => JSON.parse(policy) as { actions: string[] }[])
      .flatMap(({ actions }) => actions);
    expect(used.filter((action) => !allowed.includes(action))).toEqual([]);
  });

  test("the boundary restricts roles to the stage's own data", () => {
    const boundary = [policyOf("preview-boundary")];
    expect(allows(boundary, "s3:GetObject", "arn:aws:s3:::unparquet-pr-1-inputbucket-abc/uploads/a")).toBe(
      true,
    );
    expect(
      allows(boundary, "s3:GetObject", "arn:aws:s3:::unparquet-production-inputbucket-abc/uploads/a"),
    ).toBe(false);
    expect(
      allows(boundary, "dynamodb:Query", arn("dynamodb", "table/unparquet-pr-1-JobTable-abc/index/byStatus")),
    ).toBe(true);
    expect(
      allows(boundary, "dynamodb:GetItem", arn("dynamodb", "table/unparquet-production-JobTable-abc")),
    ).toBe(false);
    expect(allows(boundary, "iam:CreateRole", role("unparquet-pr-1-any"))).toBe(false);
  });
});
