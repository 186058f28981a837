import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { deploy, pascal } from "@unparquet/testing/deployment/deploy";
import { describe, expect, test } from "vitest";

const { all, one, statements } = await deploy("pr-1");

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
    expect.stringMatching(
      /^Allow s3:GetObject on AssetsBucket\/glue\/\w+\/job\.py AssetsBucket\/glue\/\w+\/unparquet-\S+\.whl$/,
    ),
    `Allow s3:GetObject on ${uploads}`,
    `Allow s3:PutObject s3:AbortMultipartUpload on ${outputs}`,
    `Allow s3:PutObject s3:GetObject on ${reports}`,
    `Allow logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents on ${[
      "output",
      "output:*",
      "error",
      "error:*",
    ]
      .map((group) => `log-group:/aws-glue/python-jobs/${group}`)
      .join(" ")}`,
  ],
};

function logs(name: string) {
  return `Allow logs:CreateLogStream logs:PutLogEvents on logGroup/${name}Logs:*`;
}

test("there is no other role, and no role has a managed policy", () => {
  const made = all("aws:iam/role:Role").map(({ name }) => name);
  expect(made.toSorted()).toEqual(Object.keys(roles).toSorted());
  for (const role of made) expect(one("aws:iam/role:Role", role).managedPolicyArns ?? []).toEqual([]);
  // It would be removed by the role's inline policies.
  expect(all("aws:iam/rolePolicy:RolePolicy")).toEqual([]);
  expect(all("aws:iam/rolePolicyAttachment:RolePolicyAttachment")).toEqual([]);
});

describe.each(Object.entries(roles))("%s", (name, allowed) => {
  const role = one("aws:iam/role:Role", name);

  test(`${name} has exactly these permissions`, () => {
    const policies = role.inlinePolicies.flatMap(({ policy }: { policy: string }) => statements(policy));
    expect(policies).toEqual(allowed);
  });

  test(`only its service can assume ${name}`, () => {
    const service =
      { ConverterRole: "glue", ReconcilerRole: "scheduler" }[name as "ConverterRole"] ?? "lambda";
    expect(role.assumeRolePolicy.Statement).toEqual([
      expect.objectContaining({
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Principal: { Service: `${service}.amazonaws.com` },
      }),
    ]);
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
      all("aws:lambda/function:Function")
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
