import { describe, expect, test } from "vitest";
import { type AwsRequest, needsOf } from "./requests.ts";

const arns: Record<string, string> = {
  input: "arn:aws:s3:::input",
  jobs: "arn:aws:dynamodb:us-east-1:1:table/jobs",
  convert: "arn:aws:glue:us-east-1:1:job/convert",
};

const needs = (method: string, target: string, more: Partial<AwsRequest> = {}) =>
  needsOf({ method, target, headers: {}, body: "", ...more }, (name) => arns[name]).map(
    ({ action, resource }) => `${action} ${resource}`,
  );

const json = (target: string, body: object) =>
  needs("POST", "/", { headers: { "x-amz-target": target }, body: JSON.stringify(body) });

describe("S3", () => {
  test.each([
    ["GET", "/input/uploads/a?x-id=GetObject", "s3:GetObject"],
    ["HEAD", "/input/uploads/a", "s3:GetObject"],
    ["PUT", "/input/uploads/a?x-id=PutObject", "s3:PutObject"],
    ["PUT", "/input/uploads/a?X-Amz-Credential=UploadRole%2F20260131&X-Amz-Signature=0", "s3:PutObject"],
    ["POST", "/input/uploads/a?uploads=", "s3:PutObject"],
    ["PUT", "/input/uploads/a?partNumber=1&uploadId=u&x-id=UploadPart", "s3:PutObject"],
    ["POST", "/input/uploads/a?uploadId=u", "s3:PutObject"],
    ["GET", "/input/uploads/a?uploadId=u&max-parts=9&part-number-marker=0", "s3:ListMultipartUploadParts"],
    ["DELETE", "/input/uploads/a?uploadId=u&x-id=AbortMultipartUpload", "s3:AbortMultipartUpload"],
  ])("%s %s needs %s on the object", (method, target, action) => {
    expect(needs(method, target)).toEqual([`${action} arn:aws:s3:::input/uploads/a`]);
  });

  test("a key is named as it is, not as it is encoded", () => {
    expect(needs("GET", "/input/uploads/a%20b%2B%C3%BC%2F")).toEqual([
      "s3:GetObject arn:aws:s3:::input/uploads/a b+ü/",
    ]);
  });

  test("a list needs the bucket, with the prefix as a condition", () => {
    const list = (target: string) =>
      needsOf({ method: "GET", target, headers: {}, body: "" }, (name) => arns[name]);
    expect(list("/input?list-type=2&prefix=uploads%2Fjob_1%2F")).toEqual([
      {
        action: "s3:ListBucket",
        resource: "arn:aws:s3:::input",
        context: { "s3:prefix": "uploads/job_1/", "aws:SecureTransport": "true" },
      },
    ]);
    expect(list("/input/?list-type=2")[0]?.context).not.toHaveProperty("s3:prefix");
  });

  test("a deletion of many needs each of them", () => {
    const body = "<Delete><Object><Key>a&amp;b</Key></Object><Object><Key>c&#xD;</Key></Object></Delete>";
    expect(needs("POST", "/input/?delete=", { body })).toEqual([
      "s3:DeleteObject arn:aws:s3:::input/a&b",
      "s3:DeleteObject arn:aws:s3:::input/c\r",
    ]);
    const versions = "<Delete><Object><Key>a</Key><VersionId>1</VersionId></Object></Delete>";
    for (const body of [versions, "<Delete></Delete>"]) {
      expect(() => needs("POST", "/input/?delete=", { body })).toThrow("Delete");
    }
  });

  test.each([
    ["a subresource", "PUT", "/input/a?acl", {}],
    ["a version", "GET", "/input/a?versionId=1", {}],
    ["a bucket without saying what of it", "GET", "/input", {}],
    ["all buckets", "GET", "/", {}],
    ["a copy", "PUT", "/input/a", { "x-amz-copy-source": "/input/b" }],
    ["another's bucket", "GET", "/other/a", {}],
  ])("%s is not known", (_, method, target, headers) => {
    expect(() => needs(method, target, { headers })).toThrow(/acl|version|GET|copy|other/);
  });
});

describe("DynamoDB", () => {
  test("needs the table, or the index that is queried", () => {
    expect(json("DynamoDB_20120810.UpdateItem", { TableName: "jobs" })).toEqual([
      `dynamodb:UpdateItem ${arns.jobs}`,
    ]);
    expect(json("DynamoDB_20120810.Query", { TableName: "jobs", IndexName: "byStatus" })).toEqual([
      `dynamodb:Query ${arns.jobs}/index/byStatus`,
    ]);
  });

  test("is not asked for anything else", () => {
    expect(() => json("DynamoDB_20120810.Scan", { TableName: "jobs" })).toThrow("Scan");
    expect(() => json("DynamoDB_20120810.GetItem", { TableName: "others" })).toThrow("others");
  });
});

describe("Glue", () => {
  test("needs the job", () => {
    expect(json("AWSGlue.StartJobRun", { JobName: "convert" })).toEqual([`glue:StartJobRun ${arns.convert}`]);
  });

  test("is not asked for anything else", () => {
    expect(() => json("AWSGlue.DeleteJob", { JobName: "convert" })).toThrow("DeleteJob");
  });
});
