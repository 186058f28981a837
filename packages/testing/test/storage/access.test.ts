import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { inputBucket, outputBucket, s3 } from "@unparquet/core/aws";
import { createJobId } from "@unparquet/core/job/schema";
import { createMultipartUpload, listParts, presignPart, presignUpload } from "@unparquet/core/storage/input";
import { inputKey } from "@unparquet/core/storage/keys";
import { outputUrl } from "@unparquet/core/storage/output";
import { beforeAll, describe, expect, test } from "vitest";
import { keysOf, putInput, putOutput, readInput } from "../../src/fixtures/objects.ts";

// Requests that S3 must reject. Runs on the embedded AWS, and on versitygw with `npm run test:peers`.

const peers = process.env.UNPARQUET_TEST_PEERS !== undefined;
const endpoint = process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL ?? "";

const newInput = () => ({ jobId: createJobId(), filename: "a b+ü%41.parquet" });

async function send(url: string, body: string | null, init: RequestInit = {}): Promise<number> {
  const response = await fetch(url, { method: "PUT", body, ...init });
  await response.body?.cancel();
  return response.status;
}

describe("a presigned upload URL", () => {
  test("a presigned URL accepts the announced file, more than once", async () => {
    const input = newInput();
    const { url } = await presignUpload(input, 5);
    expect([await send(url, "first"), await send(url, "again")]).toEqual([200, 200]);
    expect((await readInput(input)).toString()).toBe("again");
  });

  test.each([
    ["a longer file", "123456", {}],
    ["a shorter file", "1234", {}],
    ["another method", null, { method: "DELETE" }],
    ["a method that reads", null, { method: "GET" }],
    ["an access control list", "12345", { headers: { "x-amz-acl": "public-read" } }],
  ])("a presigned URL is refused with %s, and changes nothing", async (_, body, init) => {
    const input = newInput();
    await putInput(input, Buffer.from("before"));
    const { url } = await presignUpload(input, 5);
    expect(await send(url, body, init)).toBe(403);
    expect((await readInput(input)).toString()).toBe("before");
  });

  test.each([
    ["another key", (url: string) => url.replace(".parquet", "2.parquet")],
    ["another bucket", (url: string) => url.replace(inputBucket(), outputBucket())],
    ["a later end", (url: string) => url.replace("X-Amz-Expires=3600", "X-Amz-Expires=36000")],
    ["a later start", (url: string) => url.replace(/X-Amz-Date=\d{4}/, "X-Amz-Date=2099")],
    [
      "another access key",
      (url: string) => url.replace(/X-Amz-Credential=\w+/, "X-Amz-Credential=AKIAOTHER"),
    ],
    ["signed headers left out", (url: string) => url.replace("content-length%3Bhost", "host")],
    ["no signature", (url: string) => url.replace(/&X-Amz-Signature=\w+/, "")],
  ])("a presigned URL is refused with %s", async (_, change) => {
    const input = newInput();
    const { url } = await presignUpload(input, 5);
    expect(change(url)).not.toBe(url);
    expect(await send(change(url), "12345")).toBeGreaterThanOrEqual(400);
    expect(await keysOf(input.jobId)).toEqual([]);
  });

  test("a presigned URL is refused once it has expired", async () => {
    const input = newInput();
    const command = new PutObjectCommand({ Bucket: inputBucket(), Key: inputKey(input), ContentLength: 5 });
    const url = await getSignedUrl(s3(), command, { expiresIn: 1 });
    await sleep(2_100);
    expect(await send(url, "12345")).toBe(403);
    expect(await keysOf(input.jobId)).toEqual([]);
  });

  test("a part's URL accepts only that part of that upload, with its size", async () => {
    const input = newInput();
    const upload = { ...input, uploadId: await createMultipartUpload(input) };
    const other = await createMultipartUpload(input);
    const url = await presignPart(upload, 1, 5);
    expect(await send(url.replace("partNumber=1", "partNumber=2"), "12345")).toBe(403);
    expect(await send(url.replace(upload.uploadId, other), "12345")).toBe(403);
    expect(await send(url, "123456")).toBe(403);
    expect(await listParts(upload, 1, 10)).toEqual([]);
    expect(await send(url, "12345")).toBe(200);
    expect(await listParts(upload, 1, 10)).toMatchObject([{ partNumber: 1, size: 5 }]);
    expect(await listParts({ ...input, uploadId: other }, 1, 10)).toEqual([]);
  });
});

describe("without a signature", () => {
  const input = newInput();
  const result = {
    ...{ jobId: input.jobId, filename: input.filename, attempt: 1 },
    options: { format: "ndjson", compression: "none" },
  } as const;
  let resultUrl: string;
  const report = `reports/${input.jobId}/1/manifest.json`;
  beforeAll(async () => {
    resultUrl = await outputUrl(result);
    await putInput(input, Buffer.from("input"));
    await putOutput(decodeURIComponent(new URL(resultUrl).pathname).split("/").slice(2).join("/"), "result");
    await putOutput(report, "report");
    await s3().send(new CreateMultipartUploadCommand({ Bucket: inputBucket(), Key: inputKey(input) }));
  });

  test("anyone can read a result, or a range of it, at its public URL", async () => {
    const whole = await fetch(resultUrl);
    expect([whole.status, await whole.text()]).toEqual([200, "result"]);
    const part = await fetch(resultUrl, { headers: { Range: "bytes=1-3" } });
    expect([part.status, await part.text()]).toEqual([206, "esu"]);
  });

  test.each([
    ["a report", "GET", () => `${outputBucket()}/${report}`],
    ["an input", "GET", () => `${inputBucket()}/${encodeURI(inputKey(input)).replace("+", "%2B")}`],
    ["the list of results", "GET", () => `${outputBucket()}?list-type=2&prefix=jobs/`],
    ["the list of inputs", "GET", () => `${inputBucket()}?list-type=2`],
    ["the list of unfinished uploads", "GET", () => `${inputBucket()}?uploads`],
    ["the list of buckets", "GET", () => ""],
    ["a new result", "PUT", () => `${outputBucket()}/jobs/${input.jobId}/1/new.ndjson`],
    ["a new input", "PUT", () => `${inputBucket()}/uploads/${input.jobId}/new.parquet`],
    ["a new bucket", "PUT", () => "unparquet-test-strangers-bucket"],
    ["the deletion of results", "POST", () => `${outputBucket()}?delete`],
    ["the policy of the results", "PUT", () => `${outputBucket()}?policy`],
  ])("%s is refused", async (_, method, path) => {
    const answer = await fetch(`${endpoint}/${path()}`, { method, body: method === "GET" ? null : "{}" });
    await answer.body?.cancel();
    expect(answer.status).toBe(403);
  });

  test("a result that does not exist is refused or not found", async () => {
    // AWS returns 403 to callers who may not list the bucket; the embedded AWS and versitygw return 404.
    expect([403, 404]).toContain((await fetch(`${endpoint}/${outputBucket()}/jobs/none`)).status);
  });

  // The embedded AWS treats every request as TLS.
  test.runIf(peers)("a policy that refuses requests without TLS overrides one that allows them", async () => {
    const Bucket = `unparquet-test-${randomUUID()}`;
    const everyone = { Principal: "*", Action: "s3:GetObject", Resource: `arn:aws:s3:::${Bucket}/*` };
    const setPolicy = (...Statement: object[]) =>
      s3().send(
        new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: "2012-10-17", Statement }) }),
      );
    await s3().send(new CreateBucketCommand({ Bucket }));
    await s3().send(new PutObjectCommand({ Bucket, Key: "a", Body: "result" }));
    const allow = { Effect: "Allow", ...everyone };
    const deny = { Effect: "Deny", ...everyone, Condition: { Bool: { "aws:SecureTransport": "false" } } };
    await setPolicy(allow);
    expect((await fetch(`${endpoint}/${Bucket}/a`)).status).toBe(200);
    await setPolicy(allow, deny);
    expect((await fetch(`${endpoint}/${Bucket}/a`)).status).toBe(403);
  });

  test("a result cannot be deleted", async () => {
    expect((await fetch(resultUrl, { method: "DELETE" })).status).toBe(403);
    expect((await fetch(resultUrl)).status).toBe(200);
  });
});

describe("a web page", () => {
  const preflight = async (bucket: string, origin: string, method: string) => {
    const answer = await fetch(`${endpoint}/${bucket}/jobs/a`, {
      method: "OPTIONS",
      headers: { Origin: origin, "Access-Control-Request-Method": method },
    });
    await answer.body?.cancel();
    return [answer.status, answer.headers.get("Access-Control-Allow-Origin")];
  };
  const page = "http://127.0.0.1:5173";
  const stranger = "http://evil.example";

  test("pages of this machine may upload, pages of other origins may not", async () => {
    expect(await preflight(inputBucket(), page, "PUT")).toEqual([200, page]);
    expect(await preflight(inputBucket(), page, "GET")).toEqual([403, null]);
    expect(await preflight(inputBucket(), stranger, "PUT")).toEqual([403, null]);
  });

  test("any page may read results, and none may write them", async () => {
    expect((await preflight(outputBucket(), stranger, "GET"))[0]).toBe(200);
    expect(await preflight(outputBucket(), page, "PUT")).toEqual([403, null]);
  });
});
