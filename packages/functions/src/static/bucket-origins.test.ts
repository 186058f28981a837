import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { describe, expect, test } from "vitest";
import { bucketOrigins } from "./bucket-origins.ts";

const region = "eu-central-1";
const credentials = { accessKeyId: "a", secretAccessKey: "b" };

/** Where the SDK sends a browser for an object. */
const signedOrigin = async (bucket: string, endpoint?: string) => {
  const s3 = new S3Client({ region, credentials, ...(endpoint && { endpoint }) });
  const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket: bucket, Key: "key" }));
  return new URL(url).origin;
};

describe("the origins of the buckets", () => {
  test("are those of presigned URLs on AWS", async () => {
    const buckets = ["unparquet-production-input-abc", "unparquet-production-output-def"];
    // The tests' own endpoint would be used without this one of AWS.
    const signed = await Promise.all(
      buckets.map((bucket) => signedOrigin(bucket, `https://s3.${region}.amazonaws.com`)),
    );
    expect(bucketOrigins(buckets, { AWS_REGION: region })).toEqual(signed);
  });

  test.each(["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])(
    "are that of %s where it is set",
    async (variable) => {
      const endpoint = "http://127.0.0.1:4566";
      expect(bucketOrigins(["input", "output"], { AWS_REGION: region, [variable]: endpoint })).toEqual([
        await signedOrigin("input", endpoint),
      ]);
    },
  );
});
