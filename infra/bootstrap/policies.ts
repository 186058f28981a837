/** Identifies the stages that a role deploys. */
export interface Stages {
  account: string;
  region: string;
  /** `pr-*`, or the name of one stage that is no prefix of another's. */
  stage: string;
  /** SST's buckets in the account and region. */
  buckets: { state: string; asset: string };
  /** Name of the permissions boundary of the stages' roles. */
  boundary: string;
}

export interface Statement {
  Effect: "Allow";
  Action: string[];
  Resource: string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

export interface Policy {
  Version: "2012-10-17";
  Statement: Statement[];
}

const app = "unparquet";

const allow = (Action: string[], Resource: string[], Condition?: Statement["Condition"]): Statement => ({
  Effect: "Allow",
  Action,
  Resource,
  ...(Condition && { Condition }),
});

const policy = (...Statement: Statement[]): Policy => ({ Version: "2012-10-17", Statement });

/** Returns the ARN patterns of resources named after the app and stage. */
function named({ account, region, stage }: Stages) {
  const prefix = `${app}-${stage}`;
  // `pr-*` already ends in a wildcard. Names in `production` continue with a hyphen, except its log groups' folder.
  const names = stage.endsWith("*") ? prefix : `${prefix}-*`;
  const arn = (service: string, resource: string) => `arn:aws:${service}:${region}:${account}:${resource}`;
  return {
    buckets: [`arn:aws:s3:::${names}`],
    tables: [arn("dynamodb", `table/${names}`)],
    functions: [arn("lambda", `function:${names}`)],
    jobs: [arn("glue", `job/${names}`)],
    rules: [arn("events", `rule/${names}`)],
    schedules: [arn("scheduler", `schedule/default/${names}`)],
    queues: [arn("sqs", names)],
    topics: [arn("sns", names)],
    alarms: [arn("cloudwatch", `alarm:${names}`), `arn:aws:cloudwatch::${account}:dashboard/${names}`],
    functionLogs: [arn("logs", `log-group:/aws/lambda/${prefix}/*`)],
    apiLogs: [arn("logs", `log-group:/aws/vendedlogs/apis/${names}`)],
    roles: [`arn:aws:iam::${account}:role/${names}`],
  };
}

/**
 * Returns the policies for deploying and removing the stages: full access to resources named after them, and the least
 * that works for what cannot be selected by name, namely HTTP APIs and account settings.
 */
export function deployPolicies(stages: Stages): Record<"state" | "resources" | "roles", Policy> {
  const own = named(stages);
  return {
    state: statePolicy(stages),
    resources: policy(
      allow(
        ["s3:*"],
        own.buckets.flatMap((bucket) => [bucket, `${bucket}/*`]),
      ),
      allow(["dynamodb:*"], own.tables),
      allow(["lambda:*"], own.functions),
      // Reads the concurrency quota, which belongs to the account.
      allow(["lambda:GetAccountSettings"], ["*"]),
      allow(["glue:*"], own.jobs),
      allow(["events:*"], own.rules),
      allow(["scheduler:*"], own.schedules),
      allow(["sqs:*"], own.queues),
      allow(["sns:*"], own.topics),
      allow(["cloudwatch:*"], own.alarms),
      allow(["logs:*"], [...own.functionLogs, ...own.apiLogs]),
      allow(
        ["logs:DescribeLogGroups", "cloudwatch:DescribeAlarms"],
        ["logs", "cloudwatch"].map((service) => `arn:aws:${service}:${stages.region}:${stages.account}:*`),
      ),
      ...apiStatements(stages),
    ),
    roles: rolesPolicy(stages),
  };
}

/**
 * Allows access to SST's storage: the stages' state, secrets and passphrases, and the bundles for Lambda. The keys are those of
 * pkg/project/provider/aws.go in SST. The buckets are created when the bootstrap is deployed.
 */
function statePolicy({ account, region, stage, buckets }: Stages) {
  const kinds = ["app", "lock", "update", "summary", "eventlog", "snapshot", "secret"];
  // Keys are STAGE.json or STAGE/UPDATE.json. A plain `production*` would match stages such as `production2`.
  const ends = stage.endsWith("*") ? [""] : [".json", "/*"];
  const parameter = (name: string) => `arn:aws:ssm:${region}:${account}:parameter/sst/${name}`;
  return policy(
    // S3 answers 404 for a missing key only with s3:ListBucket, which cannot be limited to a prefix here.
    allow(
      ["s3:ListBucket", "s3:ListBucketVersions"],
      [buckets.state, buckets.asset].map((bucket) => `arn:aws:s3:::${bucket}`),
    ),
    allow(
      ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"],
      kinds.flatMap((kind) =>
        ends.map((end) => `arn:aws:s3:::${buckets.state}/${kind}/${app}/${stage}${end}`),
      ),
    ),
    allow(
      ["s3:GetObject*", "s3:PutObject", "s3:PutObjectTagging", "s3:DeleteObject"],
      [`arn:aws:s3:::${buckets.asset}/assets/*`],
    ),
    allow(
      ["ssm:GetParameter", "ssm:PutParameter", "ssm:DeleteParameter"],
      [parameter(`passphrase/${app}/${stage}`)],
    ),
    allow(["ssm:GetParameter"], [parameter("bootstrap"), parameter(`passphrase/${app}/_fallback`)]),
    // Secrets that apply to all stages without their own.
    allow(["s3:GetObject"], [`arn:aws:s3:::${buckets.state}/secret/${app}/_fallback.json`]),
  );
}

/**
 * Allows managing the stages' HTTP APIs, recognised by tags because their ARNs contain only a ten-character id. Routes and
 * integrations neither have tags nor inherit the API's.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-supported-resources.html
 */
function apiStatements({ region, stage }: Stages) {
  const api = `arn:aws:apigateway:${region}::/apis`;
  const one = `${api}/??????????`;
  const tagged = (key: string) => ({ StringLike: { [`${key}/sst:app`]: app, [`${key}/sst:stage`]: stage } });
  const crud = ["GET", "POST", "PATCH", "PUT", "DELETE"].map((method) => `apigateway:${method}`);
  return [
    allow(["apigateway:POST", "apigateway:TagResource"], [api, `${one}/stages`], tagged("aws:RequestTag")),
    allow([...crud, "apigateway:TagResource"], [one, `${one}/stages/*`], tagged("aws:ResourceTag")),
    allow(crud, [`${one}/routes`, `${one}/routes/*`, `${one}/integrations`, `${one}/integrations/*`]),
    // Turning on an API's access log changes these account settings.
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
    allow(
      [
        ...["CreateLogDelivery", "GetLogDelivery", "UpdateLogDelivery", "DeleteLogDelivery"],
        ...["ListLogDeliveries", "PutResourcePolicy", "DescribeResourcePolicies"],
        // Saved queries cannot be selected by name either.
        ...["PutQueryDefinition", "DeleteQueryDefinition", "DescribeQueryDefinitions"],
      ].map((action) => `logs:${action}`),
      ["*"],
    ),
  ];
}

/** Allows managing roles, but only with the boundary: otherwise code in a stage could grant itself any permission. */
function rolesPolicy(stages: Stages) {
  const { account, boundary } = stages;
  const { roles } = named(stages);
  return policy(
    allow(
      ["CreateRole", "PutRolePermissionsBoundary", "PutRolePolicy"].map((action) => `iam:${action}`),
      roles,
      { StringEquals: { "iam:PermissionsBoundary": `arn:aws:iam::${account}:policy/${boundary}` } },
    ),
    allow(
      [
        ...["GetRole", "GetRolePolicy", "ListRolePolicies", "ListAttachedRolePolicies", "ListRoleTags"],
        ...["ListInstanceProfilesForRole", "UpdateRole", "UpdateRoleDescription", "UpdateAssumeRolePolicy"],
        ...["TagRole", "UntagRole", "DeleteRolePolicy", "DeleteRole"],
      ].map((action) => `iam:${action}`),
      roles,
    ),
    allow(["iam:PassRole"], roles, {
      StringEquals: {
        "iam:PassedToService": ["lambda.amazonaws.com", "glue.amazonaws.com", "scheduler.amazonaws.com"],
      },
    }),
    // Created together with an account's first HTTP API.
    allow(
      ["iam:CreateServiceLinkedRole"],
      [
        `arn:aws:iam::${account}:role/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway`,
      ],
    ),
  );
}

/** Returns the permissions boundary: at most use the stages' own data, functions and jobs, and write logs. */
export function boundaryPolicy(stages: Stages): Policy {
  const own = named(stages);
  const { account, region } = stages;
  return policy(
    allow(
      [
        "GetObject",
        "PutObject",
        "DeleteObject",
        "ListBucket",
        "ListBucketMultipartUploads",
        "AbortMultipartUpload",
        "ListMultipartUploadParts",
      ].map((action) => `s3:${action}`),
      own.buckets.flatMap((bucket) => [bucket, `${bucket}/*`]),
    ),
    allow(
      ["GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"].map(
        (action) => `dynamodb:${action}`,
      ),
      own.tables,
    ),
    allow(
      ["StartJobRun", "BatchStopJobRun", "GetJobRun", "GetJobRuns"].map((action) => `glue:${action}`),
      own.jobs,
    ),
    allow(["lambda:InvokeFunction"], own.functions),
    allow(["sqs:SendMessage"], own.queues),
    allow(["sns:Publish"], own.topics),
    allow(["logs:CreateLogStream", "logs:PutLogEvents"], own.functionLogs),
    // Shared by all Glue jobs of the account.
    allow(
      ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
      ["python-jobs", "jobs"].map(
        (kind) => `arn:aws:logs:${region}:${account}:log-group:/aws-glue/${kind}/*`,
      ),
    ),
  );
}
