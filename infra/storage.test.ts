import { jobTable } from "@unparquet/core/deployment";
import { deploy } from "@unparquet/testing/deployment/deploy";
import { describe, expect, test } from "vitest";

const { all, one, statements } = await deploy("pr-1");

const s3 = {
  lifecycle: (bucket: string) =>
    one("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", `${bucket}Lifecycle`).rules,
  cors: (bucket: string) =>
    one("aws:s3/bucketCorsConfiguration:BucketCorsConfiguration", `${bucket}Cors`).corsRules,
  block: (bucket: string) =>
    one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", `${bucket}PublicAccessBlock`),
  policy: (bucket: string) => statements(one("aws:s3/bucketPolicy:BucketPolicy", `${bucket}Policy`).policy),
};

const onlyHttps = (bucket: string) =>
  `Deny s3:* on ${bucket} ${bucket}/* to * if Bool aws:SecureTransport false`;
const shut = {
  blockPublicAcls: true,
  blockPublicPolicy: true,
  ignorePublicAcls: true,
  restrictPublicBuckets: true,
};

describe("the input bucket", () => {
  test("uploads expire after 30 days, and incomplete multipart uploads after a day", () => {
    expect(s3.lifecycle("Input")).toEqual([
      {
        id: "uploads",
        status: "Enabled",
        filter: { prefix: "uploads/" },
        expiration: { days: 30 },
        abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
      },
    ]);
  });

  test("the input bucket is private and HTTPS-only", () => {
    expect(s3.block("Input")).toMatchObject(shut);
    expect(s3.policy("Input")).toEqual([onlyHttps("InputBucket")]);
  });

  test("CORS allows a browser's PUT to the input bucket and exposes the ETag", () => {
    expect(s3.cors("Input")).toMatchObject([
      { allowedMethods: ["PUT"], allowedOrigins: ["*"], exposeHeaders: ["ETag"] },
    ]);
  });
});

describe("the output bucket", () => {
  test("anyone can read the objects under jobs/ and no one can list them", () => {
    expect(s3.policy("Output")).toEqual([
      onlyHttps("OutputBucket"),
      "Allow s3:GetObject on OutputBucket/jobs/* to *",
    ]);
    expect(s3.block("Output")).toMatchObject({
      ...shut,
      blockPublicPolicy: false,
      restrictPublicBuckets: false,
    });
  });

  test("outputs expire after the configured retention, and incomplete multipart uploads after a day", () => {
    const rules = [
      ["outputs", "jobs/"],
      ["reports", "reports/"],
    ].map(([id, prefix]) => ({
      id,
      status: "Enabled",
      filter: { prefix },
      expiration: { days: 7 },
      abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
    }));
    expect(s3.lifecycle("Output")).toEqual(rules);
  });

  test("CORS allows pages to read the output bucket, not to write it", () => {
    expect(s3.cors("Output")).toMatchObject([{ allowedMethods: ["GET", "HEAD"], allowedOrigins: ["*"] }]);
  });
});

test("the Glue job's script and wheel are in a private bucket", () => {
  expect(s3.block("Assets")).toMatchObject(shut);
  expect(s3.policy("Assets")).toEqual([onlyHttps("AssetsBucket")]);
  expect(all("aws:s3/bucket:Bucket").map(({ name }) => name)).toEqual([
    "InputBucket",
    "OutputBucket",
    "AssetsBucket",
  ]);
});

test("the job table is billed on demand, has throughput limits, and indexes status, creation and due time", () => {
  expect(all("aws:dynamodb/table:Table")).toHaveLength(1);
  const table = one("aws:dynamodb/table:Table", "JobTable");
  expect(table).toMatchObject({ billingMode: "PAY_PER_REQUEST", hashKey: "pk", rangeKey: "sk" });
  expect(table.attributes).toEqual(Object.keys(jobTable.fields).map((name) => ({ name, type: "S" })));
  expect(table.onDemandThroughput).toEqual({ maxReadRequestUnits: 120, maxWriteRequestUnits: 50 });
  const onDemandThroughput = { maxReadRequestUnits: 60, maxWriteRequestUnits: -1 };
  expect(table.globalSecondaryIndexes).toEqual([
    { name: "byStatus", hashKey: "gsi1pk", rangeKey: "gsi1sk", projectionType: "ALL", onDemandThroughput },
    { name: "byCreation", hashKey: "gsi2pk", rangeKey: "gsi2sk", projectionType: "ALL", onDemandThroughput },
    {
      ...{
        name: "byDue",
        hashKey: "gsi3pk",
        rangeKey: "gsi3sk",
        projectionType: "INCLUDE",
        onDemandThroughput,
      },
      nonKeyAttributes: ["jobId", "dueAt", "__edb_e__", "__edb_v__"],
    },
  ]);
  expect(table.ttl).toEqual({ attributeName: "expiresAt", enabled: true });
});
