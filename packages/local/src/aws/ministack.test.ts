import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { signedHeaders } from "@unparquet/testing/aws/signed";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createCredentials, environmentCredentials } from "../lib/credentials.ts";
import { freePort } from "../lib/free-port.ts";
import { serve } from "../lib/serve.ts";
import { type Ministack, startMinistack } from "./ministack.ts";

let folder: string;
let aws: Ministack;
let s3: S3Client;
let dynamodb: DynamoDBClient;

async function start(): Promise<void> {
  const port = await freePort();
  aws = await startMinistack({ folder, port, credentials: environmentCredentials(process.env) });
  s3 = new S3Client({ endpoint: aws.url, forcePathStyle: true });
  dynamodb = new DynamoDBClient({ endpoint: aws.url });
}

beforeEach(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "ministack-test-"));
  await start();
});

afterEach(async () => {
  await aws.stop();
  await fs.rm(folder, { recursive: true, force: true });
});

const Policy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: "arn:aws:s3:::b1-test/*",
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
  ],
});

async function fill(): Promise<void> {
  await s3.send(new CreateBucketCommand({ Bucket: "b1-test" }));
  await s3.send(new PutBucketPolicyCommand({ Bucket: "b1-test", Policy }));
  const Metadata = { note: "kept" };
  await s3.send(new PutObjectCommand({ Bucket: "b1-test", Key: "a/b.txt", Body: "hello", Metadata }));
  await dynamodb.send(
    new CreateTableCommand({
      TableName: "jobs",
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    }),
  );
  await dynamodb.send(
    new PutItemCommand({ TableName: "jobs", Item: { pk: { S: "first job" }, n: { N: "1" } } }),
  );
}

async function expectFilled(): Promise<void> {
  const object = await s3.send(new GetObjectCommand({ Bucket: "b1-test", Key: "a/b.txt" }));
  expect(await object.Body?.transformToString()).toBe("hello");
  expect(object.Metadata).toEqual({ note: "kept" });
  expect((await s3.send(new GetBucketPolicyCommand({ Bucket: "b1-test" }))).Policy).toBe(Policy);
  const item = await dynamodb.send(
    new GetItemCommand({ TableName: "jobs", Key: { pk: { S: "first job" } } }),
  );
  expect(item.Item).toEqual({ pk: { S: "first job" }, n: { N: "1" } });
}

test("buckets, objects and tables survive a restart", async () => {
  await fill();
  await aws.stop();
  await start();
  await expectFilled();
});

async function kill(): Promise<void> {
  process.kill(aws.pid, "SIGKILL");
  await aws.ended;
}

/** The number of each item, by its key. */
async function numbers(): Promise<Record<string, string | undefined>> {
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: "jobs" }));
  return Object.fromEntries(Items.map(({ pk, n }) => [pk?.S, n?.N]));
}

test("every acknowledged write survives a kill", async () => {
  await fill();
  await kill();
  await start();
  await expectFilled();
  const TableName = "jobs";
  const Key = { pk: { S: "first job" } };
  const item = (pk: string) => ({ pk: { S: pk }, n: { N: "1" } });
  const add = { Key, UpdateExpression: "ADD n :one", ExpressionAttributeValues: { ":one": { N: "1" } } };
  for (let times = 0; times < 3; times++) await dynamodb.send(new UpdateItemCommand({ TableName, ...add }));
  const puts = ["a", "b", "c"].map((pk) => ({ PutRequest: { Item: item(pk) } }));
  await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { jobs: puts } }));
  await dynamodb.send(new DeleteItemCommand({ TableName, Key: { pk: { S: "b" } } }));
  const isNew = { ConditionExpression: "attribute_not_exists(pk)" };
  await dynamodb.send(
    new TransactWriteItemsCommand({
      TransactItems: [
        { Put: { TableName, Item: item("d"), ...isNew } },
        { Delete: { TableName, Key: { pk: { S: "c" } } } },
        { Update: { TableName, ...add } },
      ],
    }),
  );
  const refused = new PutItemCommand({ TableName, Item: { ...item("a"), n: { N: "9" } }, ...isNew });
  await expect(dynamodb.send(refused)).rejects.toMatchObject({ name: "ConditionalCheckFailedException" });
  const expected = { "first job": "5", a: "1", d: "1" };
  expect(await numbers()).toEqual(expected);

  for (let times = 0; times < 2; times++) {
    await kill();
    await start();
    expect(await numbers()).toEqual(expected);
  }
  // The next write continues from the restored state.
  await dynamodb.send(new UpdateItemCommand({ TableName, ...add }));
  await kill();
  await start();
  expect(await numbers()).toEqual({ ...expected, "first job": "6" });
});

test("a write that a kill interrupts leaves nothing behind", async () => {
  await fill();
  await dynamodb.send(new PutItemCommand({ TableName: "jobs", Item: { pk: { S: "second job" } } }));
  await kill();
  const journal = path.join(folder, "state/dynamodb.journal");
  await fs.appendFile(
    journal,
    (await fs.readFile(journal, "utf8")).trim().split("\n").at(-1)?.slice(0, -9) ?? "",
  );
  await fs.writeFile(path.join(folder, "state/dynamodb.json.tmp"), '{"__ministack');
  const objects = path.join(folder, "s3/000000000000/b1-test/a");
  await fs.writeFile(path.join(objects, "c.txt.tmp"), "hal");
  await fs.writeFile(path.join(objects, "d.txt"), "without metadata");
  await start();
  await expectFilled();
  expect(await numbers()).toEqual({ "first job": "1", "second job": undefined });
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: "b1-test" }));
  expect(Contents.map(({ Key }) => Key)).toEqual(["a/b.txt"]);
});

test("an object is complete after a kill between its bytes and its metadata", async () => {
  await fill();
  await kill();
  await fs.writeFile(path.join(folder, "s3/000000000000/b1-test/a/b.txt"), "a longer text");
  await start();
  const object = await s3.send(new GetObjectCommand({ Bucket: "b1-test", Key: "a/b.txt" }));
  expect(object).toMatchObject({ ContentLength: 13, Metadata: { note: "kept" } });
  expect(object.ETag).toBe(`"${createHash("md5").update("a longer text").digest("hex")}"`);
  expect(await object.Body?.transformToString()).toBe("a longer text");
});

test("the settings of a bucket survive a kill", async () => {
  await fill();
  await s3.send(new DeleteBucketPolicyCommand({ Bucket: "b1-test" }));
  await kill();
  await start();
  await expect(s3.send(new GetBucketPolicyCommand({ Bucket: "b1-test" }))).rejects.toMatchObject({
    name: "NoSuchBucketPolicy",
  });
});

test("only this user can read ministack's files, and they do not contain the secret", async () => {
  await fill();
  await aws.stop();
  const { secretAccessKey } = environmentCredentials(process.env);
  const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => path.join(parentPath, name));
  expect(files.length).toBeGreaterThan(3);
  for (const file of files) {
    expect([file, (await fs.stat(file)).mode & 0o077]).toEqual([file, 0]);
    expect(await fs.readFile(file, "utf8")).not.toContain(secretAccessKey);
  }
});

test("the credentials of an earlier start are rejected", async () => {
  await fill();
  await aws.stop();
  const others = createCredentials();
  const port = await freePort();
  aws = await startMinistack({ folder, port, credentials: others });
  const list = new ListObjectsV2Command({ Bucket: "b1-test" });
  await expect(new S3Client({ endpoint: aws.url }).send(list)).rejects.toMatchObject({
    name: "InvalidAccessKeyId",
  });
  const { KeyCount } = await new S3Client({ endpoint: aws.url, credentials: others }).send(list);
  expect(KeyCount).toBe(1);
});

test("a request signed an hour ago is rejected", async () => {
  const target = "DynamoDB_20120810.ListTables";
  const ask = async (at: Date) => {
    const headers = await signedHeaders(aws.url, { service: "dynamodb", target, body: "{}", at });
    return (await fetch(aws.url, { method: "POST", headers, body: "{}" })).status;
  };
  expect(await ask(new Date())).toBe(200);
  expect(await ask(new Date(Date.now() - 3_600_000))).toBe(400);
});

test("ministack listens on this machine only, and frees its port when it stops", async () => {
  const [, port = ""] = /:(\d+)$/.exec(aws.url) ?? [];
  for (const { address, internal } of Object.values(os.networkInterfaces()).flatMap((all) => all ?? [])) {
    if (internal) continue;
    const host = address.includes(":") ? `[${address}]` : address;
    await expect(fetch(`http://${host}:${port}/_ministack/health`)).rejects.toThrow();
  }
  await aws.stop();
  const successor = await serve(() => new Response(), Number(port));
  await successor.stop();
});

test.each([
  ["dynamodb.json", '{"__ministack_format__": 2, "payl'],
  ["dynamodb.journal", '[["arn:aws:dynamodb:us-east-1:0\n[]\n'],
  ["s3.json", "{}"],
])("a damaged %s is named in the error and not changed", async (name, content) => {
  await fill();
  await aws.stop();
  const file = path.join(folder, "state", name);
  await fs.writeFile(file, content);
  await expect(start()).rejects.toThrow(`${file} is damaged`);
  expect(await fs.readFile(file, "utf8")).toBe(content);
});
