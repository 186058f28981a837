import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { deploy, pascal } from "@unparquet/testing/deployment/deploy";
import { describe, expect, test } from "vitest";

const [usual, withSpark] = await Promise.all([
  deploy("pr-1"),
  deploy("pr-1", { env: { UNPARQUET_LANES: "lambda,shell,spark" } }),
]);

const uploads = "InputBucket/uploads/*";
const outputs = "OutputBucket/jobs/*";
const reports = "OutputBucket/reports/*";
const stop = "Allow s3:PutObject on OutputBucket/reports/*/stop.json";
const invoke = "Allow lambda:InvokeFunction on function/ConverterFunction";
const table = "table/JobTable";

const startsRuns = [
  `Allow dynamodb:GetItem dynamodb:Query dynamodb:UpdateItem dynamodb:PutItem on ${table}`,
  "Allow glue:StartJobRun glue:BatchStopJobRun on job/Converter",
  stop,
  invoke,
];

/** All roles and their permissions. */
const roles: Record<string, string[]> = {
  UploadRole: [
    `Allow dynamodb:PutItem dynamodb:GetItem dynamodb:UpdateItem on ${table}`,
    `Allow s3:PutObject s3:GetObject s3:ListMultipartUploadParts on ${uploads}`,
    logs("Upload"),
  ],
  TriggerRole: [...startsRuns, `Allow s3:GetObject on ${uploads}`, logs("Trigger")],
  ConvertRole: [...startsRuns, `Allow s3:PutObject on ${uploads}`, logs("Convert")],
  StatusRole: [
    `Allow dynamodb:GetItem dynamodb:Query on ${table}`,
    `Allow s3:GetObject on ${reports}`,
    logs("Status"),
  ],
  DownloadRole: [`Allow dynamodb:GetItem dynamodb:Query on ${table}`, logs("Download")],
  JobsRole: [
    `Allow dynamodb:GetItem dynamodb:Query dynamodb:UpdateItem dynamodb:DeleteItem on ${table}`,
    `Allow dynamodb:Query on ${table}/index/byStatus ${table}/index/byCreation`,
    "Allow glue:BatchStopJobRun on job/Converter",
    stop,
    `Allow s3:DeleteObject s3:AbortMultipartUpload on ${uploads}`,
    "Allow s3:ListBucket on InputBucket if StringLike s3:prefix uploads/*",
    `Allow s3:DeleteObject on ${outputs}`,
    "Allow s3:ListBucket on OutputBucket if StringLike s3:prefix jobs/*",
    `Allow s3:DeleteObject on ${reports}`,
    "Allow s3:ListBucket on OutputBucket if StringLike s3:prefix reports/*",
    logs("Jobs"),
  ],
  DashboardRole: [logs("Dashboard")],
  RunEndedRole: [
    `Allow dynamodb:GetItem dynamodb:UpdateItem on ${table}`,
    `Allow s3:GetObject on ${reports}`,
    `Allow s3:AbortMultipartUpload on ${outputs}`,
    "Allow s3:ListBucketMultipartUploads on OutputBucket",
    "Allow glue:GetJobRun on job/Converter",
    "Allow sqs:SendMessage on queue/DeadLettersQueue",
    logs("RunEnded"),
  ],
  ReconcileRole: [
    `Allow ${["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"].map((action) => `dynamodb:${action}`).join(" ")} on ${table}`,
    `Allow dynamodb:Query on ${table}/index/byDue`,
    `Allow s3:GetObject s3:DeleteObject s3:AbortMultipartUpload on ${uploads}`,
    "Allow s3:ListBucket on InputBucket if StringLike s3:prefix uploads/*",
    `Allow s3:DeleteObject s3:AbortMultipartUpload on ${outputs}`,
    "Allow s3:ListBucket on OutputBucket if StringLike s3:prefix jobs/*",
    "Allow s3:ListBucketMultipartUploads on OutputBucket",
    `Allow s3:GetObject s3:DeleteObject on ${reports}`,
    stop,
    invoke,
    "Allow s3:ListBucket on OutputBucket if StringLike s3:prefix reports/*",
    "Allow glue:GetJobRun glue:GetJobRuns glue:StartJobRun glue:BatchStopJobRun on job/Converter",
    logs("Reconcile"),
  ],
  // EventBridge Scheduler's, to call the reconciler.
  ReconcilerRole: [
    "Allow lambda:InvokeFunction on function/ReconcileFunction",
    "Allow sqs:SendMessage on queue/DeadLettersQueue",
  ],
  ConverterFunctionRole: [
    `Allow s3:GetObject on ${uploads}`,
    `Allow s3:PutObject s3:AbortMultipartUpload on ${outputs}`,
    `Allow s3:PutObject s3:GetObject on ${reports}`,
    logs("Converter"),
    // The failure destination.
    "Allow lambda:InvokeFunction on function/RunEndedFunction",
  ],
  ConverterRole: [
    script("job.py"),
    `Allow s3:GetObject on ${uploads}`,
    `Allow s3:PutObject s3:AbortMultipartUpload on ${outputs}`,
    `Allow s3:PutObject s3:GetObject on ${reports}`,
    glueLogs("python-jobs", "output", "error"),
  ],
};

/** All roles of a stage with the lane `spark`, and their permissions. */
const rolesWithSpark: Record<string, string[]> = {
  ...Object.fromEntries(
    Object.entries(roles).map(([role, allowed]) => [
      role,
      allowed.map((line) =>
        typeof line === "string" && line.startsWith("Allow glue:") ? `${line} job/ConverterSpark` : line,
      ),
    ]),
  ),
  ConverterSparkRole: [
    script("spark_job.py"),
    `Allow s3:GetObject on ${uploads}`,
    `Allow s3:PutObject s3:AbortMultipartUpload on ${outputs}`,
    `Allow s3:PutObject s3:GetObject on ${reports}`,
    `Allow s3:ListMultipartUploadParts on ${outputs}`,
    glueLogs("jobs", "output", "error", "logs-v2"),
  ],
};

/** The permission to read a Glue job's script and wheel. */
function script(name: string) {
  return expect.stringMatching(
    `^Allow s3:GetObject on AssetsBucket/glue/\\w+/${name} AssetsBucket/glue/\\w+/unparquet-\\S+\\.whl$`,
  );
}

function glueLogs(folder: string, ...groups: string[]) {
  const arns = groups
    .flatMap((group) => [group, `${group}:*`])
    .map((group) => `/aws-glue/${folder}/${group}`);
  const resources = arns.map((name) => `log-group:${name}`).join(" ");
  return `Allow logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents on ${resources}`;
}

function logs(name: string) {
  return `Allow logs:CreateLogStream logs:PutLogEvents on logGroup/${name}Logs:*`;
}

describe.each([
  { lanes: "the usual lanes", stage: usual, roles },
  { lanes: "the lane spark", stage: withSpark, roles: rolesWithSpark },
])("in a stage with $lanes", ({ lanes, stage: { all, one, statements }, roles }) => {
  test(`there is no other role, and no role has a managed policy, with ${lanes}`, () => {
    const made = all("aws:iam/role:Role").map(({ name }) => name);
    expect(made.toSorted()).toEqual(Object.keys(roles).toSorted());
    for (const role of made) expect(one("aws:iam/role:Role", role).managedPolicyArns ?? []).toEqual([]);
    // It would be removed by the role's inline policies.
    expect(all("aws:iam/rolePolicy:RolePolicy")).toEqual([]);
    expect(all("aws:iam/rolePolicyAttachment:RolePolicyAttachment")).toEqual([]);
  });

  describe.each(Object.entries(roles))("%s", (name, allowed) => {
    const role = one("aws:iam/role:Role", name);

    test(`${name} has exactly these permissions with ${lanes}`, () => {
      const policies = role.inlinePolicies.flatMap(({ policy }: { policy: string }) => statements(policy));
      expect(policies).toEqual(allowed);
    });

    test(`only its service can assume ${name} with ${lanes}`, () => {
      const service =
        { ConverterRole: "glue", ConverterSparkRole: "glue", ReconcilerRole: "scheduler" }[
          name as "ConverterRole"
        ] ?? "lambda";
      expect(role.assumeRolePolicy.Statement).toEqual([
        expect.objectContaining({
          Effect: "Allow",
          Action: "sts:AssumeRole",
          Principal: { Service: `${service}.amazonaws.com` },
        }),
      ]);
    });
  });
});

describe("packages/functions/README.md", async () => {
  const text = await readFile(join(import.meta.dirname, "../packages/functions/README.md"), "utf8");
  const table =
    text.split("\n## ").find((section) => section.startsWith("Functions, routes, permissions")) ?? "";
  const rows = table
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.split("|").map((cell) => cell.trim()));

  test("packages/functions/README.md has a row for each function", () => {
    expect(rows.map(([, name = ""]) => `${pascal(name.replaceAll("`", ""))}Function`).toSorted()).toEqual(
      usual
        .all("aws:lambda/function:Function")
        .map(({ name }) => name)
        .toSorted(),
    );
  });

  test.each(rows)(
    "the README states the deployed actions of %s| %s",
    (_, name = "", _routes, actions = "") => {
      let service = "";
      const stated = [...actions.matchAll(/`(?:(\w+):)?([A-Z]\w+)`/g)].map(([, given, action]) => {
        service = given ?? service;
        return `${service}:${action}`;
      });
      const id = pascal(name.replaceAll("`", ""));
      const deployed = (roles[`${id}FunctionRole`] ?? roles[`${id}Role`] ?? []).flatMap(
        (line) => line.match(/(?:dynamodb|s3|glue|lambda):[A-Z]\w+/g) ?? [],
      );
      expect([...new Set(stated)].toSorted()).toEqual([...new Set(deployed)].toSorted());
    },
  );
});
