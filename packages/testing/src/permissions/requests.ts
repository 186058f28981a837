import type { IncomingHttpHeaders } from "node:http";
import * as z from "zod";
import type { Need } from "./policy.ts";

/** An HTTP request to S3 (bucket in the path), DynamoDB or Glue. */
export interface AwsRequest {
  method: string;
  /** As sent: path and query, encoded. */
  target: string;
  headers: IncomingHttpHeaders;
  /** Empty unless `saysInBody`. */
  body: string;
}

/** The ARN of the bucket, table or Glue job of that name; undefined: there is none. */
export type ArnOf = (name: string) => string | undefined;

/** What a request asks for is not known here, and so not what it needs. */
export class UnknownRequest extends Error {
  override readonly name = "UnknownRequest";
}

export const urlOf = ({ target }: Pick<AwsRequest, "target">): URL => new URL(target, "http://aws");

/** `AWSGlue.StartJobRun`; empty for S3, which says by method and path what it is asked. */
const operationOf = ({ headers }: Pick<AwsRequest, "headers">): string =>
  headers["x-amz-target"]?.toString() ?? "";

export const serviceOf = (request: Pick<AwsRequest, "headers">): "s3" | "dynamodb" | "glue" => {
  const operation = operationOf(request);
  if (operation === "") return "s3";
  return operation.startsWith("AWSGlue.") ? "glue" : "dynamodb";
};

/** Whether it takes the body to know what the request needs. */
export const saysInBody = (request: Omit<AwsRequest, "body">): boolean =>
  serviceOf(request) !== "s3" || (request.method === "POST" && urlOf(request).searchParams.has("delete"));

const arn = (arnOf: ArnOf, name: string): string => {
  const found = arnOf(name);
  if (found === undefined) throw new UnknownRequest(`There is no ${name || "resource without a name"}`);
  return found;
};

/** Parameters that change nothing about what is asked. */
const incidental =
  /^(X-Amz-.*|x-amz-checksum-mode|x-id|response-.*|max-parts|part-number-marker|prefix|delimiter|start-after|max-keys|continuation-token|encoding-type)$/;

/** Headers by which a request asks for more than its method says. */
const demanding = /^x-amz-(acl|grant-.*|tagging|copy-source.*|object-lock-.*|bypass-.*|server-side-.*)$/;

/** By method, what it is about, and the query parameters that say which operation it is. */
const s3Actions: Record<string, string> = {
  "GET object": "s3:GetObject",
  "HEAD object": "s3:GetObject",
  "PUT object": "s3:PutObject",
  "POST object uploads": "s3:PutObject",
  "PUT object partNumber uploadId": "s3:PutObject",
  "POST object uploadId": "s3:PutObject",
  "GET object uploadId": "s3:ListMultipartUploadParts",
  "DELETE object uploadId": "s3:AbortMultipartUpload",
  "GET bucket list-type": "s3:ListBucket",
  "POST bucket delete": "s3:DeleteObject",
};

const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const unescapeXml = (text: string): string =>
  text.replaceAll(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (_, hex, decimal, name) =>
    name ? (entities[name] ?? "") : String.fromCodePoint(hex ? Number.parseInt(hex, 16) : Number(decimal)),
  );

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
function keysToDelete(body: string): string[] {
  const keys = [...body.matchAll(/<Object>(.*?)<\/Object>/gs)].map(([, object = ""]) => {
    const [, key] = /^<Key>([^<]*)<\/Key>$/.exec(object) ?? [];
    if (key === undefined) throw new UnknownRequest(`Delete ${object}`);
    return unescapeXml(key);
  });
  if (keys.length === 0) throw new UnknownRequest("Delete nothing");
  return keys;
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html */
function s3Needs(request: AwsRequest, arnOf: ArnOf): Need[] {
  const { pathname, searchParams } = urlOf(request);
  const [, name = "", encodedKey = ""] = /^\/([^/]*)\/?(.*)$/s.exec(pathname) ?? [];
  const subject = encodedKey === "" ? "bucket" : "object";
  const telling = [...searchParams.keys()].filter((parameter) => !incidental.test(parameter)).toSorted();
  const action = s3Actions[[request.method, subject, ...telling].join(" ")];
  const demands = Object.keys(request.headers).filter((header) => demanding.test(header));
  if (!action || demands.length) {
    throw new UnknownRequest([request.method, request.target, ...demands].join(" "));
  }
  const bucket = arn(arnOf, name);
  const object = (key: string) => ({ action, resource: `${bucket}/${key}`, context: {} });
  if (action === "s3:DeleteObject") return keysToDelete(request.body).map(object);
  if (subject === "object") return [object(decodeURIComponent(encodedKey))];
  const prefix = searchParams.get("prefix");
  return [{ action, resource: bucket, context: prefix === null ? {} : { "s3:prefix": prefix } }];
}

const OnTable = z.object({ TableName: z.string(), IndexName: z.string().optional() });
const OnTables = z.object({ RequestItems: z.record(z.string(), z.unknown()) });
const Transaction = z.object({
  TransactItems: z.array(
    z.partialRecord(z.enum(["Put", "Update", "Delete"]), z.object({ TableName: z.string() })),
  ),
});
const OnJob = z.object({ JobName: z.string() });

const dynamoDbOperations = new Set(["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"]);
const glueOperations = new Set(["StartJobRun", "GetJobRun", "GetJobRuns", "BatchStopJobRun"]);

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html */
function dynamoDbNeeds(name: string, input: unknown, arnOf: ArnOf): Need[] {
  const need = (action: string, resource: string) => ({
    action: `dynamodb:${action}`,
    resource,
    context: {},
  });
  if (name === "TransactWriteItems") {
    // Allowed by the rights to the writes in it.
    return Transaction.parse(input).TransactItems.flatMap((item) =>
      Object.entries(item).map(([kind, { TableName }]) => need(`${kind}Item`, arn(arnOf, TableName))),
    );
  }
  if (name === "BatchGetItem") {
    return Object.keys(OnTables.parse(input).RequestItems).map((table) => need(name, arn(arnOf, table)));
  }
  if (!dynamoDbOperations.has(name)) throw new UnknownRequest(name);
  const { TableName, IndexName } = OnTable.parse(input);
  const table = arn(arnOf, TableName);
  return [need(name, IndexName ? `${table}/index/${IndexName}` : table)];
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglue.html */
function glueNeeds(name: string, input: unknown, arnOf: ArnOf): Need[] {
  if (!glueOperations.has(name)) throw new UnknownRequest(name);
  return [{ action: `glue:${name}`, resource: arn(arnOf, OnJob.parse(input).JobName), context: {} }];
}

/**
 * What a request needs to be allowed, by AWS's service authorization reference. Throws `UnknownRequest` for all that the
 * product does not ask of AWS.
 */
export function needsOf(request: AwsRequest, arnOf: ArnOf): Need[] {
  const service = serviceOf(request);
  const operation = operationOf(request).split(".")[1] ?? "";
  const needs =
    service === "s3"
      ? s3Needs(request, arnOf)
      : service === "glue"
        ? glueNeeds(operation, JSON.parse(request.body), arnOf)
        : dynamoDbNeeds(operation, JSON.parse(request.body), arnOf);
  // Plain HTTP on this machine stands for the HTTPS of AWS's endpoints.
  return needs.map((need) => ({ ...need, context: { ...need.context, "aws:SecureTransport": "true" } }));
}
