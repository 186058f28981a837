import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { afterEach, expect, test, vi } from "vitest";
import { bucketOrigins } from "./bucket-origins.ts";

const buckets = ["unparquet-production-input-abc", "unparquet-production-output-def"];
const endpoints = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"];

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Where the SDK sends a browser for an object, with the environment as it is. */
async function signedOrigin(bucket: string): Promise<string> {
  const s3 = new S3Client({});
  const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket: bucket, Key: "key" }));
  return new URL(url).origin;
}

test.each(["us-east-1", "eu-central-1"])(
  "the buckets of %s have the origins of presigned URLs",
  async (region) => {
    vi.stubEnv("AWS_REGION", region);
    for (const variable of endpoints) vi.stubEnv(variable, undefined);
    expect(bucketOrigins(buckets, process.env)).toEqual(await Promise.all(buckets.map(signedOrigin)));
  },
);

test.each(endpoints)("all buckets have the origin of %s where it is set", async (variable) => {
  for (const each of endpoints) vi.stubEnv(each, undefined);
  vi.stubEnv(variable, "http://127.0.0.1:4566");
  const [input = "", output = ""] = await Promise.all(buckets.map(signedOrigin));
  expect(bucketOrigins(buckets, process.env)).toEqual([input]);
  expect(output).toBe(input);
});
