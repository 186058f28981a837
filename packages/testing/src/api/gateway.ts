import type { LambdaEvent } from "hono/aws-lambda";

/** An HTTP API event, payload format 2.0. */
export const event = (method: string, rawPath: string, more: object = {}): LambdaEvent => ({
  version: "2.0",
  routeKey: `${method} ${rawPath}`,
  rawPath,
  rawQueryString: "",
  headers: {},
  body: null,
  isBase64Encoded: false,
  requestContext: {
    accountId: "000000000000",
    apiId: "api",
    authentication: null,
    authorizer: {},
    domainName: "api.execute-api.us-east-1.amazonaws.com",
    domainPrefix: "api",
    http: { method, path: rawPath, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "curl" },
    requestId: "gateway-1",
    routeKey: `${method} ${rawPath}`,
    stage: "$default",
    time: "31/Jan/2026:12:00:00 +0000",
    timeEpoch: 1769860800000,
  },
  ...more,
});

/** A function's response in payload format 2.0. */
export interface Answer {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
  isBase64Encoded: boolean;
}

/** Converts a request into an API Gateway event. Bodies that are not text are base64-encoded. */
export const eventOf = async (request: Request): Promise<LambdaEvent> => {
  const { pathname, search } = new URL(request.url);
  const body = Buffer.from(await request.arrayBuffer());
  const isBase64Encoded = !/^(text\/|application\/json)/.test(request.headers.get("Content-Type") ?? "");
  return event(request.method, pathname, {
    rawQueryString: search.slice(1),
    headers: { ...Object.fromEntries(request.headers), "content-length": String(body.length) },
    ...(body.length && { body: body.toString(isBase64Encoded ? "base64" : "utf8"), isBase64Encoded }),
  });
};

/** Converts a function's result into the response that API Gateway sends. */
export const responseOf = ({ statusCode, headers, body, isBase64Encoded }: Answer): Response =>
  new Response(body === "" ? null : Buffer.from(body, isBase64Encoded ? "base64" : "utf8"), {
    status: statusCode,
    headers,
  });
