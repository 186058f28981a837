import { describe, expect, test } from "vitest";
import { decide, describePermission, permissionsOf } from "./policy.ts";

const allowed = (statements: object[], action: string, resource: string, context = {}) =>
  decide(permissionsOf(statements), { action, resource, context }).allowed;

const uploads = { actions: ["s3:GetObject"], resources: ["arn:aws:s3:::input/uploads/*"] };
const list = {
  actions: ["s3:ListBucket"],
  resources: ["arn:aws:s3:::input"],
  conditions: [{ test: "StringLike", variable: "s3:prefix", values: ["uploads/*", "more/*"] }],
};

describe("a request", () => {
  test("is denied by default", () => {
    expect(allowed([], "s3:GetObject", "arn:aws:s3:::input/uploads/a")).toBe(false);
    expect(allowed([uploads], "s3:PutObject", "arn:aws:s3:::input/uploads/a")).toBe(false);
  });

  test("is allowed by a statement about its action and its resource", () => {
    expect(allowed([uploads], "s3:GetObject", "arn:aws:s3:::input/uploads/a/b")).toBe(true);
    expect(allowed([uploads], "S3:getobject", "arn:aws:s3:::input/uploads/a")).toBe(true);
  });

  test.each(["input/uploads", "input/other/uploads/a", "other/uploads/a", "input/Uploads/a", "input"])(
    "is not allowed on %s",
    (name) => {
      expect(allowed([uploads], "s3:GetObject", `arn:aws:s3:::${name}`)).toBe(false);
    },
  );

  test("is denied when one statement denies it, whatever allows it", () => {
    const everything = { actions: ["*"], resources: ["*"] };
    const insecure = { test: "Bool", variable: "aws:SecureTransport", values: ["false"] };
    const deny = { effect: "Deny", actions: ["s3:*"], resources: ["*"], conditions: [insecure] };
    const get = (secure: string) =>
      allowed([everything, deny], "s3:GetObject", "arn:aws:s3:::a/b", { "aws:SecureTransport": secure });
    expect([get("true"), get("false")]).toEqual([true, false]);
  });

  test("is allowed by one permission of several, or by more than one of them", () => {
    const permissions = permissionsOf([
      { actions: ["s3:GetObject", "s3:PutObject"], resources: uploads.resources },
      uploads,
    ]);
    const by = (action: string) =>
      decide(permissions, { action, resource: "arn:aws:s3:::input/uploads/a", context: {} }).by.map(
        (permission) => permissions.indexOf(permission),
      );
    expect([by("s3:PutObject"), by("s3:GetObject")]).toEqual([[1], [0, 2]]);
  });
});

describe("a condition", () => {
  test("holds for one of its values, and whatever the case of its key", () => {
    const listing = (context: object) => allowed([list], "s3:ListBucket", "arn:aws:s3:::input", context);
    expect(listing({ "s3:prefix": "uploads/job_1/" })).toBe(true);
    expect(listing({ "S3:Prefix": "more/" })).toBe(true);
    expect(listing({ "s3:prefix": "jobs/" })).toBe(false);
  });

  test("does not hold for a request that has no such key", () => {
    expect(allowed([list], "s3:ListBucket", "arn:aws:s3:::input")).toBe(false);
  });

  test("is one of several that all have to hold", () => {
    const also = { test: "StringEquals", variable: "s3:max-keys", values: ["1"] };
    const both = { ...list, conditions: [...list.conditions, also] };
    const listing = (keys: string) =>
      allowed([both], "s3:ListBucket", "arn:aws:s3:::input", { "s3:prefix": "more/", "s3:max-keys": keys });
    expect([listing("1"), listing("2")]).toEqual([true, false]);
  });
});

describe("a wildcard", () => {
  const on = (pattern: string, resource: string) =>
    allowed([{ actions: ["dynamodb:*Item"], resources: [pattern] }], "dynamodb:GetItem", resource);

  test("stays within its part of the ARN", () => {
    expect(on("arn:aws:dynamodb:*:1:table/a", "arn:aws:dynamodb:us-east-1:1:table/a")).toBe(true);
    expect(on("arn:aws:dynamodb:*:table/a", "arn:aws:dynamodb:us-east-1:1:table/a")).toBe(false);
  });

  test("is any text, or any one character, and nothing else is special", () => {
    expect(on("arn:aws:dynamodb:us-east-1:1:table/a?c", "arn:aws:dynamodb:us-east-1:1:table/abc")).toBe(true);
    expect(on("arn:aws:dynamodb:us-east-1:1:table/a?c", "arn:aws:dynamodb:us-east-1:1:table/ac")).toBe(false);
    expect(on("arn:aws:dynamodb:us-east-1:1:table/a.c", "arn:aws:dynamodb:us-east-1:1:table/abc")).toBe(
      false,
    );
  });
});

test.each([
  ["an operator", { ...list, conditions: [{ test: "StringNotLike", variable: "a", values: ["b"] }] }],
  ["an element", { actions: ["s3:GetObject"], notResources: ["*"], resources: ["*"] }],
  ["a principal", { ...uploads, principals: [{ type: "AWS", identifiers: ["arn:aws:iam::1:root"] }] }],
  ["a variable", { ...uploads, resources: ["arn:aws:s3:::input/$" + "{aws:username}/*"] }],
])("%s that is not understood throws", (_, statement) => {
  expect(() => permissionsOf([statement])).toThrow();
});

test("a permission is described in one line", () => {
  expect(permissionsOf([uploads, list]).map(describePermission)).toEqual([
    "s3:GetObject on arn:aws:s3:::input/uploads/*",
    "s3:ListBucket on arn:aws:s3:::input if StringLike s3:prefix uploads/* more/*",
  ]);
});
