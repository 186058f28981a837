import { execFile, execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { CreateUserCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateBucketCommand, DeleteBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { freePort } from "@unparquet/local/lib/free-port";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Ministack, startMinistack } from "../../packages/local/src/aws/ministack.ts";

const root = join(import.meta.dirname, "../..");
const documentation = await readFile(join(root, "docs/operations.md"), "utf8");

type Service = "STS" | "LAMBDA" | "SSM" | "S3" | "S3_CONTROL" | "GLUE" | "IAM";
type Answer = { status?: number; headers?: Record<string, string>; body: string };

let folder: string;
let aws: Ministack;
let scripted: Server;
let answers: Partial<Record<Service, Answer | "silence">> = {};

/**
 * The services whose answers ministack cannot be made to give: rejected credentials, permissions that are missing, the account's
 * quota, its Block Public Access, an account that Glue turns away. Everything else is asked of ministack.
 */
function answer(request: IncomingMessage, response: ServerResponse) {
  const service = request.url?.split("/")[1] as Service;
  const found = answers[service];
  if (found === "silence") return;
  response.writeHead(found?.status ?? 200, found?.headers).end(found?.body);
}

const xml = (status: number, code: string, message = code): Answer => ({
  status,
  headers: { "content-type": "text/xml" },
  body: `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
});
const json = (status: number, type: string, message: string): Answer => ({
  status,
  headers: { "content-type": "application/x-amz-json-1.1", "x-amzn-errortype": type },
  body: JSON.stringify({ __type: type, message }),
});
const accountLimit = (quota: number, unreserved = quota): Answer => ({
  body: JSON.stringify({
    AccountLimit: { ConcurrentExecutions: quota, UnreservedConcurrentExecutions: unreserved },
  }),
});
const blocked = (...settings: string[]): Answer => ({
  headers: { "content-type": "text/xml" },
  body: `<PublicAccessBlockConfiguration>${settings.map((name) => `<${name}>true</${name}>`).join("")}</PublicAccessBlockConfiguration>`,
});
const callerIs = (arn: string): Answer => ({
  headers: { "content-type": "text/xml" },
  body: `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>${arn}</Arn><UserId>A</UserId><Account>000000000000</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
});
const usual = {
  LAMBDA: accountLimit(1000),
  S3_CONTROL: xml(404, "NoSuchPublicAccessBlockConfiguration"),
};

// The SDK puts the account's id before the host name of S3's control endpoint. Not every system resolves names under localhost.
const resolveLocalhost = `import dns from "node:dns"; const { lookup } = dns; dns.lookup = (name, ...rest) => lookup(name.endsWith(".localhost") ? "localhost" : name, ...rest);`;

let client: {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unparquet-doctor-"));
  aws = await startMinistack({
    folder: join(folder, "aws"),
    port: await freePort(),
    // What the doctor finds is no matter of signatures.
    credentials: "unchecked",
    services: "sts,ssm,s3,glue,iam",
  });
  client = {
    endpoint: aws.url,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  };
  scripted = createServer(answer);
  await new Promise<void>((resolve) => scripted.listen(0, "127.0.0.1", resolve));
  // A copy of what the doctor reads, in which no wheel is built.
  const skipped = ["target", "tests", "fuzz", "__pycache__"];
  for (const part of [
    "package.json",
    "sst.config.ts",
    "scripts",
    "infra/config.ts",
    "packages/core/src/deployment.ts",
    "glue",
  ]) {
    const options = { recursive: true, filter: (name: string) => !skipped.includes(basename(name)) };
    await cp(join(root, part), join(folder, part), options);
  }
  await cp(
    join(root, "packages/local/requirements-build.txt"),
    join(folder, "packages/local/requirements-build.txt"),
  );
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  await mkdir(join(folder, "home"));
}, 60_000);

afterEach(() => {
  answers = {};
});

afterAll(async () => {
  scripted.closeAllConnections();
  scripted.close();
  await aws.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Options {
  stage?: string;
  /** Answers besides the usual ones. */
  aws?: typeof answers;
  env?: NodeJS.ProcessEnv;
}

/** What `npm run doctor` prints and ends with. */
async function doctor({ stage, aws: given, env }: Options = {}) {
  answers = { ...usual, ...given };
  const { port } = scripted.address() as AddressInfo;
  const endpoints = Object.fromEntries(
    Object.keys(answers).map((service) => [
      `AWS_ENDPOINT_URL_${service}`,
      `http://localhost:${port}/${service}`,
    ]),
  );
  const args = [join(folder, "scripts/doctor/main.ts"), ...(stage ? ["--stage", stage] : [])];
  const { code, output } = await new Promise<{ code: number; output: string }>((resolve) => {
    const options = {
      env: {
        PATH: process.env.PATH,
        HOME: join(folder, "home"),
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
        AWS_EC2_METADATA_DISABLED: "true",
        AWS_ENDPOINT_URL: aws.url,
        NODE_OPTIONS: `--import "data:text/javascript,${encodeURIComponent(resolveLocalhost)}"`,
        ...endpoints,
        ...env,
      },
    };
    execFile(process.execPath, args, options, (failed, stdout, stderr) =>
      resolve({ code: typeof failed?.code === "number" ? failed.code : 0, output: stdout + stderr }),
    );
  });
  const lines = output.trimEnd().split("\n");
  const marked = (mark: string) =>
    lines.filter((line) => line.startsWith(`  ${mark} `)).map((line) => line.slice(4));
  const findings = { errors: marked("✗"), warnings: marked("!"), passed: marked("✓") };
  expect(Object.values(findings).flat().length, output).toBe(lines.length);
  for (const finding of [...findings.errors, ...findings.warnings]) {
    expect(finding, "is one sentence with its remedy").toMatch(/^[A-Z][^\n]*: [^\n]+\.$/);
    expect(documented(finding), `docs/operations.md has a row for: ${finding}`).toBe(true);
  }
  return { code, ...findings };
}

/** Whether the documentation's table has a row that the finding begins with, or for all that could not be checked. */
function documented(finding: string) {
  const rows = [...documentation.matchAll(/^\| (?:✗|!) \| `([^`]+)` \|/gm)].map(([, text = ""]) => text);
  return rows.some(
    (row) => finding.startsWith(row) || (row.startsWith("…") && finding.includes(row.slice(2))),
  );
}

const send = {
  parameter: async (value?: string) => {
    const ssm = new SSMClient(client);
    const Name = "/sst/bootstrap";
    if (value === undefined) await ssm.send(new DeleteParameterCommand({ Name }));
    else await ssm.send(new PutParameterCommand({ Name, Value: value, Type: "String", Overwrite: true }));
  },
};

test("an account that SST has never been used in can be deployed to", async () => {
  const { code, errors, warnings, passed } = await doctor({ stage: "production" });
  expect({ code, errors }).toEqual({ code: 0, errors: [] });
  expect(passed).toEqual(
    expect.arrayContaining([
      "Credentials: arn:aws:iam::000000000000:root",
      "Region: us-east-1",
      "Lambda: 1000 concurrent executions",
      "S3: the account does not block public results",
      "Glue: the account may use it",
      "SST: its bootstrap is created by this first deployment",
    ]),
  );
  expect(warnings.filter((text) => !text.startsWith("Rust is missing"))).toEqual([]);
});

const closedPort = await freePort();

test.each<[string, Options, RegExp]>([
  [
    "without credentials",
    { env: { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" } },
    /^AWS credentials cannot be loaded \(.+\): run "aws configure"/,
  ],
  [
    "with credentials that have expired",
    { aws: { STS: xml(403, "ExpiredToken", "The security token included in the request is expired") } },
    /^AWS rejects the credentials \(ExpiredToken: .+\): sign in again/,
  ],
  [
    "with no way to AWS",
    { env: { AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${closedPort}` } },
    /^AWS does not answer \(ECONNREFUSED/,
  ],
  ["with a firewall that drops requests", { aws: { STS: "silence" } }, /^AWS does not answer \(TimeoutError/],
])(
  "%s nothing else of AWS is checked, and the doctor ends with exit code 1",
  async (_, options, expected) => {
    const { code, errors, passed } = await doctor(options);
    expect(code).toBe(1);
    expect(errors).toEqual([expect.stringMatching(expected)]);
    expect(passed.filter((text) => !text.startsWith("Converter:"))).toEqual([]);
  },
);

const denied = "User: arn:aws:iam::000000000000:user/anna is not authorized to perform: that";

test.each<[string, Options, RegExp]>([
  [
    "an account that blocks public bucket policies",
    { aws: { S3_CONTROL: blocked("BlockPublicPolicy") } },
    /^S3 Block Public Access is on .+ turn BlockPublicPolicy off/,
  ],
  [
    "an account that restricts public buckets",
    { aws: { S3_CONTROL: blocked("BlockPublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets") } },
    /^S3 Block Public Access is on .+ turn BlockPublicPolicy and RestrictPublicBuckets off/,
  ],
  [
    "an account that may not use Glue",
    { aws: { GLUE: json(400, "AccessDeniedException", "Account 000000000000 is denied access.") } },
    /^AWS does not let this account use Glue yet \(.*denied access\): open a free support case/,
  ],
  [
    "an account whose other functions reserve all but a few of the concurrent executions, for production",
    { stage: "production", aws: { LAMBDA: accountLimit(1000, 100) } },
    /^Lambda would refuse the 6 concurrent executions .+ leave only 100 of 1000/,
  ],
  [
    "a machine without Python, where the converter is not built yet",
    { env: { PATH: "/nonexistent" } },
    /^The converter cannot be built \(.*Python 3\.10 or newer is required.*\): /,
  ],
])("%s stops the deployment with one sentence", async (_, options, expected) => {
  const { code, errors } = await doctor(options);
  expect(code).toBe(1);
  expect(errors).toEqual([expect.stringMatching(expected)]);
});

test.each<[string, Options, RegExp]>([
  [
    "a region of the AWS tools that is not the stages' own",
    { env: { AWS_REGION: "eu-west-1" } },
    /^Your AWS tools use eu-west-1, but stages are deployed to us-east-1/,
  ],
  [
    "a new account's Lambda quota",
    { stage: "production", aws: { LAMBDA: accountLimit(10) } },
    /^Lambda runs at most 10 functions at once .+ and production reserves no concurrency: request a larger quota/,
  ],
  [
    "a missing permission to read the Lambda quota",
    { aws: { LAMBDA: json(403, "AccessDeniedException", denied) } },
    /^Lambda's concurrency quota could not be checked, because the credentials lack lambda:GetAccountSettings/,
  ],
  [
    "a missing permission to read the account's Block Public Access",
    { aws: { S3_CONTROL: xml(403, "AccessDenied", denied) } },
    /could not be checked, because the credentials lack s3:GetAccountPublicAccessBlock/,
  ],
  [
    "a missing permission to list Glue jobs",
    { aws: { GLUE: json(400, "AccessDeniedException", denied) } },
    /could not be checked, because the credentials lack glue:GetJobs/,
  ],
  [
    "a missing permission to read SST's bootstrap",
    { aws: { SSM: json(400, "AccessDeniedException", denied) } },
    /could not be checked, because the credentials lack ssm:GetParameter/,
  ],
  [
    "a service that does not answer",
    { aws: { GLUE: "silence" } },
    /^Access to Glue could not be checked \(TimeoutError/,
  ],
])("%s is a warning, and the deployment goes ahead", async (_, options, expected) => {
  const { code, errors, warnings } = await doctor(options);
  expect({ code, errors }).toEqual({ code: 0, errors: [] });
  expect(warnings.filter((text) => !text.startsWith("Rust is missing"))).toEqual([
    expect.stringMatching(expected),
  ]);
});

test("public access blocks for access control lists alone do no harm", async () => {
  const { code, errors } = await doctor({
    aws: { S3_CONTROL: blocked("BlockPublicAcls", "IgnorePublicAcls") },
  });
  expect({ code, errors }).toEqual({ code: 0, errors: [] });
});

test("a machine with Python but without Rust is warned that the build fetches it", async () => {
  const python = execFileSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" });
  await mkdir(join(folder, "bin"));
  await symlink(python.trim(), join(folder, "bin/python3"));
  const { code, warnings } = await doctor({ env: { PATH: join(folder, "bin") } });
  expect(code).toBe(0);
  expect(warnings).toEqual([expect.stringMatching(/^Rust is missing: .+ https:\/\/rustup\.rs\.$/)]);
});

test("a caller who may not create SST's bootstrap is warned which permissions are missing", async () => {
  await new IAMClient(client).send(new CreateUserCommand({ UserName: "anna" }));
  const { code, warnings } = await doctor({
    aws: { STS: callerIs("arn:aws:iam::000000000000:user/anna") },
  });
  expect(code).toBe(0);
  expect(warnings).toContainEqual(
    expect.stringMatching(/^SST has not been used in this account .*s3:CreateBucket.*ssm:PutParameter/),
  );
});

test("a bootstrap whose buckets exist passes", async () => {
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  for (const Bucket of ["sst-state-a", "sst-asset-a"]) await s3.send(new CreateBucketCommand({ Bucket }));
  await send.parameter(JSON.stringify({ version: 5, state: "sst-state-a", asset: "sst-asset-a" }));
  const { code, passed } = await doctor();
  expect(code).toBe(0);
  expect(passed).toContain("SST: bootstrapped, with its state in sst-state-a");

  // Its own reservations are among those that leave so little.
  await s3.send(
    new PutObjectCommand({ Bucket: "sst-state-a", Key: "app/unparquet/production.json", Body: "{}" }),
  );
  const again = await doctor({ stage: "production", aws: { LAMBDA: accountLimit(1000, 100) } });
  expect({ code: again.code, errors: again.errors }).toEqual({ code: 0, errors: [] });
});

test("a bootstrap whose bucket has been deleted stops the deployment with one sentence", async () => {
  await new S3Client({ ...client, forcePathStyle: true }).send(
    new DeleteBucketCommand({ Bucket: "sst-asset-a" }),
  );
  const { code, errors } = await doctor();
  expect(code).toBe(1);
  expect(errors).toEqual([expect.stringMatching(/^SST's bucket sst-asset-a has been deleted: /)]);
});

test("a bootstrap that cannot be read stops the deployment with one sentence", async () => {
  await send.parameter("{}");
  const { code, errors } = await doctor();
  expect(code).toBe(1);
  expect(errors).toEqual([expect.stringMatching(/^SST's bootstrap is damaged: delete the SSM parameter/)]);
  await send.parameter();
});
