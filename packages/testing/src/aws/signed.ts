import { HttpRequest } from "@smithy/core/protocols";
import { environmentCredentials, region, signer } from "@unparquet/local/lib/credentials";

/** Headers of a signed DynamoDB, Glue or SQS request. */
export async function signedHeaders(
  url: string,
  call: { service: "dynamodb" | "glue" | "sqs"; target: string; body: string; at?: Date },
): Promise<Record<string, string>> {
  const { service, target, body, at = new Date() } = call;
  const headers = { host: new URL(url).host, "x-amz-target": target };
  const request = new HttpRequest({ method: "POST", path: "/", headers, body });
  const credentials = environmentCredentials(process.env);
  return (await signer(service, region, credentials).sign(request, { signingDate: at })).headers;
}

/** Sends a signed GET to S3 with this process's credentials. */
export async function fetchSigned(url: string): Promise<Response> {
  const { host, pathname, searchParams } = new URL(url);
  const request = new HttpRequest({
    method: "GET",
    path: pathname,
    query: Object.fromEntries(searchParams),
    headers: { host, "x-amz-content-sha256": "UNSIGNED-PAYLOAD" },
  });
  const { headers } = await signer("s3", region, environmentCredentials(process.env)).sign(request);
  return fetch(url, { headers });
}
