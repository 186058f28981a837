import { request as send } from "node:http";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { GetJobsCommand, GlueClient } from "@aws-sdk/client-glue";
import { LambdaClient, ListEventSourceMappingsCommand, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import {
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { inputBucket, outputBucket } from "@unparquet/core/aws";
import { signedHeaders } from "@unparquet/testing/aws/signed";
import { beforeAll, describe, expect, inject, test } from "vitest";

// The tests run on the same embedded AWS and buckets as `npm start`.

const aws = process.env.AWS_ENDPOINT_URL ?? "";
const glue = process.env.AWS_ENDPOINT_URL_GLUE ?? "";
const { script } = inject("suite").assets;
const [, assetsBucket = "", scriptKey = ""] = /^s3:\/\/([^/]+)\/(.+)$/.exec(script) ?? [];

// Like the product's client, so that its presigned URLs work with any body.
const s3 = new S3Client({ requestChecksumCalculation: "WHEN_REQUIRED" });
const put = (Bucket: string, Key: string, Body: string) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body }));
const read = async (Bucket: string, Key: string) =>
  (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();

const input = inputBucket();
const output = outputBucket();
beforeAll(async () => {
  await put(input, "uploads/job_1/a.parquet", "input");
  await put(output, "jobs/job_1/1/a.ndjson", "result");
  await put(output, "reports/job_1/1/manifest.json", "report");
});

/** Sends another Host header, which `fetch` does not allow. */
async function sendTo(url: string, options: { method?: string; headers: Record<string, string> }) {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const outgoing = send(url, options, async (answer) => {
    resolve({ status: answer.statusCode ?? 0, text: (await buffer(answer)).toString() });
  });
  outgoing.on("error", reject).end();
  return promise;
}

describe("without a signature", () => {
  test("an unsigned read of a result is allowed", async () => {
    const result = await fetch(`${aws}/${output}/jobs/job_1/1/a.ndjson`);
    expect([result.status, await result.text()]).toEqual([200, "result"]);
  });

  test.each([
    ["the list of buckets", "GET", "/"],
    ["the list of inputs", "GET", `/${input}`],
    ["the list of results", "GET", `/${output}?list-type=2&prefix=jobs/`],
    ["the list of versions", "GET", `/${output}?versions`],
    ["the list of unfinished uploads", "GET", `/${input}?uploads`],
    ["an input", "GET", `/${input}/uploads/job_1/a.parquet`],
    ["an input's metadata", "HEAD", `/${input}/uploads/job_1/a.parquet`],
    ["a report", "GET", `/${output}/reports/job_1/1/manifest.json`],
    ["the access control list of a result", "GET", `/${output}/jobs/job_1/1/a.ndjson?acl`],
    ["the converter's script", "GET", `/${assetsBucket}/${scriptKey}`],
  ])("an unsigned read of %s is refused", async (_, method, target) => {
    const answer = await fetch(aws + target, { method });
    expect(answer.status).toBe(403);
    if (method === "GET") expect(await answer.text()).toContain("<Code>AccessDenied</Code>");
  });

  test.each([
    ["an input", "PUT", `/${input}/uploads/job_1/a.parquet`],
    ["a result", "PUT", `/${output}/jobs/job_1/1/a.ndjson`],
    ["a result", "DELETE", `/${output}/jobs/job_1/1/a.ndjson`],
    ["all results", "POST", `/${output}?delete`],
    ["an unfinished upload", "POST", `/${input}/uploads/job_1/a.parquet?uploads`],
    ["a bucket", "PUT", "/new-bucket"],
    ["a bucket", "DELETE", `/${output}`],
    ["the policy of a bucket", "PUT", `/${output}?policy`],
  ])("an unsigned change of %s by %s is refused", async (_, method, target) => {
    const body = "<Delete><Object><Key>jobs/job_1/1/a.ndjson</Key></Object></Delete>";
    expect((await fetch(aws + target, { method, body })).status).toBe(403);
    expect(await read(input, "uploads/job_1/a.parquet")).toBe("input");
    expect(await read(output, "jobs/job_1/1/a.ndjson")).toBe("result");
  });

  test("an unsigned form of a web page is refused", async () => {
    const body = new FormData();
    body.set("key", "uploads/job_1/a.parquet");
    body.set("file", new Blob(["stranger"]));
    expect((await fetch(`${aws}/${input}`, { method: "POST", body })).status).toBe(403);
    expect(await read(input, "uploads/job_1/a.parquet")).toBe("input");
  });

  test("an unsigned request to DynamoDB, Glue, IAM, Lambda or SQS is refused", async () => {
    const ask = async (url: string, headers: Record<string, string>, body: string) => {
      const answer = await fetch(url, { method: "POST", headers, body });
      return [answer.status, await answer.text()];
    };
    const missing = expect.stringContaining("MissingAuthenticationToken");
    expect(await ask(aws, { "x-amz-target": "DynamoDB_20120810.ListTables" }, "{}")).toEqual([400, missing]);
    expect(await ask(glue, { "x-amz-target": "AWSGlue.GetJobRuns" }, "{}")).toEqual([400, missing]);
    const form = { "content-type": "application/x-www-form-urlencoded" };
    expect((await ask(aws, form, "Action=ListUsers&Version=2010-05-08"))[0]).toBe(403);
    expect((await ask(`${aws}/2015-03-31/functions/converter/invocations`, {}, "{}"))[0]).toBe(403);
    expect((await ask(aws, { "x-amz-target": "AmazonSQS.ListQueues" }, "{}"))[0]).toBe(403);
  });
});

describe("signed with another key", () => {
  const { AWS_ACCESS_KEY_ID: own = "", AWS_SECRET_ACCESS_KEY: secret = "" } = process.env;

  test.each([
    ["ministack's default key", "test", "test"],
    ["ministack's default key and the right secret", "test", secret],
    ["an account id", "000000000000", "test"],
    ["the key of AWS's services", "aws-service", "aws-service"],
    ["an unknown key", "AKIAIOSFODNN7EXAMPLE", secret],
    ["a wrong secret", own, "test"],
  ])("S3, DynamoDB, Glue, Lambda and SQS refuse %s", async (_, accessKeyId, secretAccessKey) => {
    const credentials = { accessKeyId, secretAccessKey };
    const stranger = new S3Client({ credentials });
    const answers = await Promise.allSettled<unknown>([
      stranger.send(new ListBucketsCommand({})),
      stranger.send(new PutObjectCommand({ Bucket: input, Key: "a", Body: "stranger" })),
      new DynamoDBClient({ credentials }).send(new ListTablesCommand({})),
      new GlueClient({ credentials }).send(new GetJobsCommand({})),
      new LambdaClient({ credentials }).send(new ListFunctionsCommand({})),
      new SQSClient({ credentials }).send(new ListQueuesCommand({})),
    ]);
    const errors = answers.map((answer) => answer.status === "rejected" && answer.reason.name);
    const [xml, json, sqs] =
      accessKeyId === own
        ? ["SignatureDoesNotMatch", "InvalidSignatureException", "SignatureDoesNotMatch"]
        : ["InvalidAccessKeyId", "UnrecognizedClientException", "InvalidClientTokenId"];
    expect(errors).toEqual([xml, xml, json, json, json, sqs]);
  });

  test("a presigned URL of the key test is refused", async () => {
    const stranger = new S3Client({ credentials: { accessKeyId: "test", secretAccessKey: "test" } });
    const url = await getSignedUrl(
      stranger,
      new GetObjectCommand({ Bucket: input, Key: "uploads/job_1/a.parquet" }),
    );
    expect((await fetch(url)).status).toBe(403);
  });

  test("the converter's script cannot be replaced", async () => {
    const before = await s3.send(new HeadObjectCommand({ Bucket: assetsBucket, Key: scriptKey }));
    const url = `${aws}/${assetsBucket}/${scriptKey}`;
    const body = "import os; os.system('id')";
    expect(
      (await fetch(url, { method: "PUT", body, headers: { origin: "http://evil.example" } })).status,
    ).toBe(403);
    const stranger = new S3Client({ credentials: { accessKeyId: "test", secretAccessKey: "test" } });
    await expect(
      stranger.send(new PutObjectCommand({ Bucket: assetsBucket, Key: scriptKey, Body: body })),
    ).rejects.toMatchObject({ name: "InvalidAccessKeyId", $metadata: { httpStatusCode: 403 } });
    const after = await s3.send(new HeadObjectCommand({ Bucket: assetsBucket, Key: scriptKey }));
    expect([after.ETag, after.LastModified]).toEqual([before.ETag, before.LastModified]);
  });

  test("a bucket that does not exist is not found", async () => {
    await expect(s3.send(new HeadBucketCommand({ Bucket: "none" }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 404 },
    });
    await expect(s3.send(new ListObjectsV2Command({ Bucket: "iceberg" }))).rejects.toMatchObject({
      name: "NoSuchBucket",
    });
  });

  test("a signature of version 2 is refused, in a header and in a URL", async () => {
    const target = `${aws}/${input}/uploads/job_1/a.parquet`;
    const headers = { authorization: `AWS ${own}:c2lnbmF0dXJl` };
    expect((await fetch(target, { headers })).status).toBe(400);
    expect((await fetch(`${target}?AWSAccessKeyId=${own}&Signature=c2ln&Expires=9999999999`)).status).toBe(
      400,
    );
  });
});

test("Lambda's operations on anything but functions are refused", async () => {
  const lambda = new LambdaClient({});
  expect((await lambda.send(new ListFunctionsCommand({}))).$metadata.httpStatusCode).toBe(200);
  await expect(lambda.send(new ListEventSourceMappingsCommand({}))).rejects.toMatchObject({
    name: "AccessDeniedException",
  });
});

describe("a presigned URL", () => {
  const key = "uploads/job_2/a b+ü.parquet";
  const presigned = (expiresIn = 60) =>
    getSignedUrl(s3, new PutObjectCommand({ Bucket: input, Key: key, ContentLength: 5 }), { expiresIn });
  const use = async (url: string, init: RequestInit = {}) =>
    (await fetch(url, { method: "PUT", body: "12345", ...init })).status;

  test("a presigned URL can be used several times", async () => {
    const url = await presigned();
    expect([await use(url), await use(url)]).toEqual([200, 200]);
    expect(await read(input, key)).toBe("12345");
  });

  test("a presigned URL is refused once it has expired", async () => {
    const url = await presigned(1);
    await sleep(2_100);
    expect(await use(url)).toBe(403);
  });

  test.each([
    ["a later end", (url: string) => url.replace("X-Amz-Expires=60", "X-Amz-Expires=600")],
    ["another key", (url: string) => url.replace("job_2", "job_1")],
    ["another bucket", (url: string) => url.replace(`/${input}/`, `/${output}/`)],
    ["a subresource", (url: string) => `${url}&acl`],
    ["a second signature", (url: string) => `${url}&X-Amz-Signature=0`],
    ["signed headers left out", (url: string) => url.replace("content-length%3Bhost", "host")],
  ])("a presigned URL is refused with %s", async (_, change) => {
    const url = await presigned();
    expect(change(url)).not.toBe(url);
    expect(await use(change(url))).toBeGreaterThanOrEqual(400);
    expect(await read(input, "uploads/job_1/a.parquet")).toBe("input");
  });

  test("a presigned URL is refused with another method, another length or an unsigned header", async () => {
    const url = await presigned();
    expect(await use(url, { method: "DELETE", body: null })).toBe(403);
    expect(await use(url, { method: "GET", body: null })).toBe(403);
    expect(await use(url, { body: "123456" })).toBe(403);
    expect(await use(url, { headers: { "x-amz-acl": "public-read" } })).toBe(403);
    expect(await use(url, { headers: { "x-amz-meta-a": "b" } })).toBe(403);
  });
});

describe("a web page", () => {
  const evil = "http://evil.example";

  test.each([
    ["S3", `${aws}/${output}/jobs/job_1/1/a.ndjson`],
    ["ministack", `${aws}/_ministack/ready`],
    ["Glue", `${glue}/health`],
  ])("%s refuses a web page whose host name resolves to this machine", async (_, url) => {
    const { port, host } = new URL(url);
    for (const name of [`evil.example:${port}`, "evil.example", `127.0.0.1.evil.example:${port}`]) {
      expect(await sendTo(url, { headers: { host: name } })).toMatchObject({ status: 403 });
    }
    for (const name of [host, `localhost:${port}`]) {
      expect(await sendTo(url, { headers: { host: name } })).toMatchObject({ status: 200 });
    }
  });

  test("a bucket cannot be addressed by a host name", async () => {
    const { port } = new URL(aws);
    const headers = { host: `${output}.localhost:${port}` };
    expect(await sendTo(`${aws}/jobs/job_1/1/a.ndjson`, { headers })).toMatchObject({ status: 403 });
  });

  test.each<[string, string, "dynamodb" | "glue" | "sqs", string]>([
    ["DynamoDB", aws, "dynamodb", "DynamoDB_20120810.ListTables"],
    ["SQS", aws, "sqs", "AmazonSQS.ListQueues"],
    ["Glue", glue, "glue", "AWSGlue.GetJobs"],
  ])("%s refuses a web page even with a valid signature", async (_, url, service, target) => {
    const ask = async (origin: Record<string, string>) => {
      const headers = { ...(await signedHeaders(url, { service, target, body: "{}" })), ...origin };
      return (await fetch(url, { method: "POST", headers, body: "{}" })).status;
    };
    for (const origin of [evil, "null", "http://127.0.0.1:5173"]) expect(await ask({ origin })).toBe(403);
    expect(await ask({})).not.toBe(403);
  });

  test.each(["reset", "config", "health"])("a web page cannot use /_ministack/%s", async (name) => {
    // A page can send this request anywhere without a preflight.
    const headers = { origin: evil, "content-type": "text/plain" };
    const answer = await fetch(`${aws}/_ministack/${name}`, { method: "POST", headers, body: "{}" });
    expect(answer.status).toBe(403);
    expect((await fetch(`${aws}/_ministack/${name}`)).status).toBe(404);
    expect(await read(input, "uploads/job_1/a.parquet")).toBe("input");
  });

  test.each([
    "/_localstack/health",
    "/health",
    "/iceberg/v1/config",
    "/v2/_catalog",
    "/oauth2/authorize",
    "/_aws/sqs/messages",
  ])("a web page gets nothing at %s", async (path) => {
    const answer = await fetch(aws + path);
    expect([403, 404]).toContain(answer.status);
    expect(await answer.text()).toMatch(/NoSuchBucket|Access Denied|AccessDenied/);
  });

  test("a preflight gets a response by the bucket's CORS configuration", async () => {
    const preflight = async (bucket: string, origin: string, method: string) => {
      const answer = await fetch(`${aws}/${bucket}/jobs/a`, {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": method },
      });
      return [answer.status, answer.headers.get("access-control-allow-origin")];
    };
    const local = "http://127.0.0.1:5173";
    expect(await preflight(input, local, "PUT")).toEqual([200, local]);
    expect(await preflight(input, evil, "PUT")).toEqual([403, null]);
    expect(await preflight(input, "http://127.0.0.1.evil.example", "PUT")).toEqual([403, null]);
    expect(await preflight(input, local, "GET")).toEqual([403, null]);
    expect(await preflight(output, evil, "GET")).toEqual([200, "*"]);
    expect(await preflight(output, local, "PUT")).toEqual([403, null]);
    expect(await preflight(assetsBucket, local, "PUT")).toEqual([403, null]);
    expect((await preflight("none", local, "PUT"))[1]).toBeNull();
    const other = await fetch(aws, {
      method: "OPTIONS",
      headers: { origin: evil, "access-control-request-method": "POST" },
    });
    expect([other.status, other.headers.get("access-control-allow-origin")]).toEqual([403, null]);
  });
});
