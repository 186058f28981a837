/** One or more stages of the app in one account and region, as IAM's patterns name them. */
export interface Stages {
  account: string;
  region: string;
  /** `pr-*`, or the name of one stage. No other stage's name may begin like it. */
  stage: string;
  /** SST's buckets of the account and region. */
  buckets: { state: string; asset: string };
  /** Name of the managed policy that bounds the stages' roles. */
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

/** ARNs of everything whose name begins with the app's and the stage's. */
function named({ account, region, stage }: Stages) {
  const prefix = `${app}-${stage}`;
  // `pr-*` ends in the wildcard; after `production` comes a hyphen, or nothing in the folder of its logs.
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
 * What deploying and removing the stages takes. By name, and then anything: what is called after a stage is the stage's.
 * The rest is what AWS does not let one name: HTTP APIs, which have ids, and settings of the account.
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
      // The concurrency quota, which belongs to the account.
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
 * SST's own: state, secrets and passphrase of the stages, and the bundles that Lambda takes its code from. The keys are
 * those of SST's AWS home (pkg/project/provider/aws.go). SST's buckets themselves are made by whoever deploys the bootstrap.
 */
function statePolicy({ account, region, stage, buckets }: Stages) {
  const kinds = ["app", "lock", "update", "summary", "eventlog", "snapshot", "secret"];
  // A stage's key is STAGE.json or STAGE/UPDATE.json. Another stage may begin with `production`.
  const ends = stage.endsWith("*") ? [""] : [".json", "/*"];
  const parameter = (name: string) => `arn:aws:ssm:${region}:${account}:parameter/sst/${name}`;
  return policy(
    // To see that a key is not there takes the right to list, and that cannot be limited to a prefix.
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
    // Secrets set for all stages without one of their own.
    allow(["s3:GetObject"], [`arn:aws:s3:::${buckets.state}/secret/${app}/_fallback.json`]),
  );
}

/**
 * An HTTP API has an id of ten characters for a name, so its tag has to say whose it is. Routes and integrations have no
 * tags, and an HTTP API does not hand them its own.
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
    // What turning on a stage's access log does to the account.
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
    allow(
      [
        ...["CreateLogDelivery", "GetLogDelivery", "UpdateLogDelivery", "DeleteLogDelivery"],
        ...["ListLogDeliveries", "PutResourcePolicy", "DescribeResourcePolicies"],
        // Saved queries have ids too.
        ...["PutQueryDefinition", "DeleteQueryDefinition", "DescribeQueryDefinitions"],
      ].map((action) => `logs:${action}`),
      ["*"],
    ),
  ];
}

/** Roles with the boundary only: whoever may write a role's policies could else give it every right, and use them. */
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
    // The first HTTP API of an account makes it.
    allow(
      ["iam:CreateServiceLinkedRole"],
      [
        `arn:aws:iam::${account}:role/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway`,
      ],
    ),
  );
}

/** The most that a role of the stages may do: use the stages' own data, functions and jobs, and write logs. */
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
    // All Python Shell jobs of an account log there.
    allow(
      ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
      [`arn:aws:logs:${region}:${account}:log-group:/aws-glue/python-jobs/*`],
    ),
  );
}
