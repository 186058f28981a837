import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { HttpRequest } from "@smithy/core/protocols";
import { awsEnvironment, environmentCredentials, region } from "@unparquet/local/credentials";
import { signer } from "@unparquet/local/sigv4";
import { decide, type Need, type Permission } from "./policy.ts";
import { hasItsSignature, isPresigned, withoutSignature } from "./presigned.ts";
import { type ArnOf, type AwsRequest, needsOf, saysInBody, serviceOf, urlOf } from "./requests.ts";

/** Of every role: nobody here has to be kept from forging requests. */
const secretAccessKey = "secret";

/** What a process has in its environment that uses AWS through the proxy, as the role of that name. */
export const roleEnvironment = (role: string, { url }: Pick<PolicyProxy, "url">) =>
  awsEnvironment({ aws: url }, { accessKeyId: role, secretAccessKey });

export interface PolicyProxyOptions {
  /** What each role may do. */
  roles: Record<string, Permission[]>;
  /** What the buckets allow to everyone, and deny to anyone. */
  everyone: Permission[];
  arnOf: ArnOf;
  /** Where requests that are allowed go. */
  upstream: (service: ReturnType<typeof serviceOf>) => string;
}

export interface PolicyProxy {
  url: string;
  /** Requests that were refused for want of a permission, one line each, and those nobody here knows. */
  denials: string[];
  /** Permissions without which a request that was made would have been denied. */
  needed: Set<Permission>;
  stop: () => Promise<void>;
}

/** Why a request is not passed on, by the code that AWS has for it. */
class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const escapeXml = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

function refuse(request: AwsRequest, response: ServerResponse, { code, message }: Refusal): void {
  if (serviceOf(request) === "s3") {
    const error = `<Error><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error>`;
    response.writeHead(403, { "content-type": "application/xml" });
    response.end(request.method === "HEAD" ? undefined : `<?xml version="1.0" encoding="UTF-8"?>${error}`);
  } else {
    response.writeHead(400, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify({ __type: `${code}Exception`, message }));
  }
}

/** The role whose key signed the request; undefined for one that nobody signed. */
function signerOf(request: AwsRequest): string | undefined {
  if (!isPresigned(request)) {
    return /Credential=([^/]+)\//.exec(request.headers.authorization ?? "")?.[1];
  }
  if (!hasItsSignature(request, secretAccessKey)) {
    throw new Refusal("SignatureDoesNotMatch", "The request is not the one that was signed.");
  }
  return urlOf(request).searchParams.get("X-Amz-Credential")?.split("/")[0];
}

/** S3 tells only those who may list a bucket that it has no such object. */
const hidesMissing = (permissions: Permission[], needs: Need[]): boolean =>
  needs.some(({ action, resource: object, context }) => {
    const [resource = ""] = object.split("/");
    return (
      action === "s3:GetObject" &&
      !decide(permissions, { action: "s3:ListBucket", resource, context }).allowed
    );
  });

/**
 * Sends the request on, signed with this process's own credentials, and the answer back. Rejects when there is none.
 */
async function forward(
  to: string,
  request: AwsRequest,
  body: Buffer | IncomingMessage,
): Promise<IncomingMessage> {
  const { connection: _, expect: __, ...headers } = request.headers;
  const { method } = request;
  const url = new URL(isPresigned(request) ? withoutSignature(request) : request.target, to);
  const service = serviceOf(request);
  const signed = await signer(service, region, environmentCredentials(process.env)).sign(
    new HttpRequest({
      method,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: {
        ...(service === "s3" && { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" }),
        ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
        host: url.host,
      },
      body: body instanceof Buffer ? body : undefined,
    }),
  );
  const outgoing = send(url, { method, headers: signed.headers });
  // One that comes after the answer has begun ends the answer, too.
  outgoing.on("error", () => undefined);
  const [answer] = await Promise.all([
    once(outgoing, "response"),
    body instanceof Buffer ? outgoing.end(body) : pipeline(body, outgoing),
  ]);
  return answer[0];
}

/**
 * Listens on 127.0.0.1, in front of an S3, DynamoDB and Glue that let this process do everything, and passes on only what the
 * caller's role may do: the id of the access key is the role's name. What it refuses it answers as AWS would.
 */
export async function startPolicyProxy(options: PolicyProxyOptions): Promise<PolicyProxy> {
  const { roles, everyone, arnOf, upstream } = options;
  const bans = everyone.filter(({ effect }) => effect === "Deny");
  const denials: string[] = [];
  const needed = new Set<Permission>();

  /** A role gets nothing from what everyone may do: what it needs has to be in its own document. */
  function permissionsFor(role: string | undefined): Permission[] {
    if (role === undefined) return everyone;
    const own = roles[role];
    if (!own) throw new Refusal("InvalidAccessKeyId", "There is no such role.");
    return [...own, ...bans];
  }

  function authorize(permissions: Permission[], need: Need): void {
    const { allowed, by } = decide(permissions, need);
    if (!allowed) throw new Refusal("AccessDenied", `${need.action} on ${need.resource} is not allowed`);
    const [only, ...others] = by;
    if (only && others.length === 0) needed.add(only);
  }

  /** @returns what of the answer the caller may not see */
  function check(request: AwsRequest): { hidesMissing: boolean } {
    const role = signerOf(request);
    try {
      const permissions = permissionsFor(role);
      const needs = needsOf(request, arnOf);
      for (const need of needs) authorize(permissions, need);
      return { hidesMissing: hidesMissing(permissions, needs) };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      denials.push(`${role ?? "anyone"}: ${message}`);
      throw error instanceof Refusal ? error : new Refusal("NotImplemented", message);
    }
  }

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url: target = "", headers } = incoming;
    const request: AwsRequest = { method, target, headers, body: "" };
    const body = saysInBody(request) ? await buffer(incoming) : undefined;
    request.body = body?.toString() ?? "";
    try {
      const { hidesMissing } = check(request);
      const answer = await forward(upstream(serviceOf(request)), request, body ?? incoming);
      if (answer.statusCode === 404 && hidesMissing) {
        answer.resume();
        throw new Refusal("AccessDenied", "There is no such object, or you may not see it.");
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      await pipeline(answer, response);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      incoming.resume();
      refuse(request, response, error);
    }
  }

  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    denials,
    needed,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
