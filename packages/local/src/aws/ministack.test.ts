import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import {
  CreateBucketCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import getPort from "get-port";
import { afterEach, beforeEach, expect, test } from "vitest";
import { serve } from "../serve.ts";
import { type Ministack, startMinistack } from "./ministack.ts";

let folder: string;
let aws: Ministack;
let s3: S3Client;
let dynamodb: DynamoDBClient;

async function start(): Promise<void> {
  aws = await startMinistack(folder, await getPort({ host: "127.0.0.1" }));
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
    { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::b1-test/*" },
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

test("buckets, objects and tables are there after a restart", async () => {
  await fill();
  await aws.stop();
  await start();
  await expectFilled();
});

test("they are also there after it was killed, but for the last moment", async () => {
  await fill();
  const file = path.join(folder, "state/dynamodb.json");
  while (!(await fs.readFile(file, "utf8").catch(() => "")).includes("first job")) await sleep(20);
  process.kill(aws.pid, "SIGKILL");
  await aws.ended;
  await start();
  await expectFilled();
});

test("listens on this machine only, and its port is free when it has stopped", async () => {
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

test("damaged data is named and left alone", async () => {
  await fill();
  await aws.stop();
  const file = path.join(folder, "state/dynamodb.json");
  await fs.writeFile(file, '{"__ministack_format__": 2, "payl');
  await expect(start()).rejects.toThrow(`${file} is damaged`);
  expect(await fs.readFile(file, "utf8")).toContain("payl");
});
