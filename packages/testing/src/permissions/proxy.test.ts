import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import {
  DeleteObjectsCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { inputBucket } from "@unparquet/core/aws";
import { beforeEach, describe, expect, test } from "vitest";
import { type Permission, permissionsOf } from "./policy.ts";
import { type PolicyProxy, roleEnvironment, startPolicyProxy } from "./proxy.ts";

const Bucket = inputBucket();
const bucket = `arn:aws:s3:::${Bucket}`;
const allow = (actions: string[], resource: string) => permissionsOf([{ actions, resources: [resource] }]);

const writer = allow(["s3:PutObject"], `${bucket}/uploads/*`);
const reader = allow(["s3:GetObject"], `${bucket}/uploads/*`);
const lister = [...reader, ...allow(["s3:ListBucket"], bucket)];
const roles: Record<string, Permission[]> = { Writer: writer, Reader: reader, Lister: lister, Nobody: [] };
const everyone = allow(["s3:GetObject"], `${bucket}/uploads/public/*`);

let proxy: PolicyProxy;
beforeEach(async () => {
  proxy = await startPolicyProxy({
    roles,
    everyone,
    arnOf: (name) => (name === Bucket ? bucket : `arn:aws:dynamodb:us-east-1:1:table/${name}`),
    upstream: () => process.env.AWS_ENDPOINT_URL ?? "",
  });
  return proxy.stop;
});

const configuration = (role: string) => {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = roleEnvironment(role, proxy);
  const credentials = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
  return { endpoint: proxy.url, credentials };
};
const client = (role: string) =>
  new S3Client({ ...configuration(role), forcePathStyle: true, requestChecksumCalculation: "WHEN_REQUIRED" });
const key = (name: string) => ({ Bucket, Key: `uploads/${name}` });
const put = (role: string, name: string) =>
  client(role).send(new PutObjectCommand({ ...key(name), Body: "hello" }));
const read = async (role: string, name: string) =>
  (await client(role).send(new GetObjectCommand(key(name)))).Body?.transformToString();
const denied = (name: string, httpStatusCode: number) =>
  expect.objectContaining({ name, $metadata: expect.objectContaining({ httpStatusCode }) });

describe("a role", () => {
  test("may do what its document says, and its permissions are noted as needed", async () => {
    await put("Writer", "a b+ü");
    expect(await read("Reader", "a b+ü")).toBe("hello");
    expect([...proxy.needed]).toEqual([...writer, ...reader]);
    expect(proxy.denials).toEqual([]);
  });

  test("may do nothing else", async () => {
    await put("Writer", "a&b");
    await expect(read("Writer", "a&b")).rejects.toEqual(denied("AccessDenied", 403));
    await expect(
      client("Writer").send(
        new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: "uploads/a&b" }] } }),
      ),
    ).rejects.toEqual(denied("AccessDenied", 403));
    expect(proxy.denials).toEqual([
      `Writer: s3:GetObject on ${bucket}/uploads/a&b is not allowed`,
      `Writer: s3:DeleteObject on ${bucket}/uploads/a&b is not allowed`,
    ]);
    expect(await read("Reader", "a&b")).toBe("hello");
  });

  test("is told so by DynamoDB in its way", async () => {
    const dynamodb = new DynamoDBClient(configuration("Nobody"));
    const get = new GetItemCommand({ TableName: "jobs", Key: { pk: { S: "a" } } });
    await expect(dynamodb.send(get)).rejects.toEqual(denied("AccessDeniedException", 400));
  });

  test("is not told that an object is missing unless it may list the bucket", async () => {
    const head = (role: string) => client(role).send(new HeadObjectCommand(key("missing")));
    await expect(read("Reader", "missing")).rejects.toEqual(denied("AccessDenied", 403));
    await expect(head("Reader")).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
    await expect(read("Lister", "missing")).rejects.toEqual(denied("NoSuchKey", 404));
    await expect(head("Lister")).rejects.toEqual(denied("NotFound", 404));
    expect(proxy.denials).toEqual([]);
  });

  test("gets nothing from what everyone may do", async () => {
    await put("Writer", "public/a");
    await expect(read("Nobody", "public/a")).rejects.toEqual(denied("AccessDenied", 403));
  });

  test("has to be one there is", async () => {
    await expect(read("Other", "a")).rejects.toEqual(denied("InvalidAccessKeyId", 403));
  });

  test("may not ask what is not known here", async () => {
    const acl = new GetObjectAclCommand(key("a"));
    await expect(client("Lister").send(acl)).rejects.toEqual(denied("NotImplemented", 403));
    expect(proxy.denials).toEqual([expect.stringMatching(/^Lister: GET .*acl/)]);
  });
});

describe("everyone", () => {
  test("may do what the bucket says", async () => {
    await put("Writer", "public/a");
    await put("Writer", "a");
    const get = async (name: string) => (await fetch(`${proxy.url}/${Bucket}/uploads/${name}`)).status;
    expect([await get("public/a"), await get("public/missing"), await get("a")]).toEqual([200, 403, 403]);
    expect(proxy.denials).toEqual([`anyone: s3:GetObject on ${bucket}/uploads/a is not allowed`]);
  });
});

describe("a presigned URL", () => {
  const presigned = async (role: string, body: string) => {
    const command = new PutObjectCommand({ ...key("a b+ü"), ContentLength: body.length });
    const url = await getSignedUrl(client(role), command, { expiresIn: 60 });
    return (sent: string) => fetch(url, { method: "PUT", body: sent });
  };

  test("has the rights of who signed it", async () => {
    expect((await (await presigned("Writer", "hello"))("hello")).status).toBe(200);
    expect(await read("Reader", "a b+ü")).toBe("hello");
    expect((await (await presigned("Reader", "hello"))("hello")).status).toBe(403);
    expect(proxy.denials).toEqual([`Reader: s3:PutObject on ${bucket}/uploads/a b+ü is not allowed`]);
  });

  test("is good for nothing but what was signed", async () => {
    const answer = await (await presigned("Writer", "hello"))("hello, world");
    expect([answer.status, await answer.text()]).toEqual([
      403,
      expect.stringContaining("<Code>SignatureDoesNotMatch</Code>"),
    ]);
  });
});
