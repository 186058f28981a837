import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { HttpRequest } from "@smithy/core/protocols";
import { type Credentials, signer } from "../lib/credentials.ts";
import { GlueError } from "./schema.ts";

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/\d{8}\/([^/,\s]+)\/([^/,\s]+)\/aws4_request, ?SignedHeaders=([^,\s]+), ?Signature=\w+$/;

const DATE = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;

/** Milliseconds by which the client's clock may differ. */
const CLOCK_SKEW = 5 * 60_000;

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Compares the signatures of two Authorization headers in constant time. */
function isSameSignature(a = "", b = ""): boolean {
  const signature = (header: string) => Buffer.from(header.slice(header.lastIndexOf("=") + 1));
  const [first, second] = [signature(a), signature(b)];
  return first.length === second.length && timingSafeEqual(first, second);
}

/**
 * Verifies that a request to Glue is signed with the credentials.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * @throws GlueError with the code that AWS uses
 */
export async function verifySignature(
  request: { headers: IncomingHttpHeaders; body: string },
  credentials: Credentials,
): Promise<void> {
  const { body, headers } = request;
  const { authorization } = headers;
  if (authorization === undefined) {
    throw new GlueError("MissingAuthenticationTokenException", "Missing Authentication Token");
  }
  const [, accessKeyId, region = "", service = "", names = ""] = AUTHORIZATION.exec(authorization) ?? [];
  const signed = names.split(";");
  if (!signed.includes("host") || !signed.includes("x-amz-target")) {
    throw new GlueError(
      "IncompleteSignatureException",
      "This is not an AWS4-HMAC-SHA256 signature of a request.",
    );
  }
  if (accessKeyId !== credentials.accessKeyId || headers["x-amz-security-token"] !== undefined) {
    throw new GlueError(
      "UnrecognizedClientException",
      "The security token included in the request is invalid.",
    );
  }
  const date = String(headers["x-amz-date"]);
  const signingDate = new Date(date.replace(DATE, "$1-$2-$3T$4:$5:$6Z"));
  const age = Date.now() - signingDate.getTime();
  if (Number.isNaN(age) || Math.abs(age) > CLOCK_SKEW) {
    throw new GlueError(
      "InvalidSignatureException",
      `Signature expired: ${date} is not within 5 minutes of now.`,
    );
  }
  const expected = await signer(service, region, credentials).sign(
    new HttpRequest({
      method: "POST",
      path: "/",
      headers: Object.fromEntries(signed.map((name) => [name, String(headers[name] ?? "")])),
      body,
    }),
    { signingDate, signableHeaders: new Set(signed) },
  );
  const hash = headers["x-amz-content-sha256"] ?? sha256(body);
  if (
    service !== "glue" ||
    hash !== sha256(body) ||
    !isSameSignature(expected.headers.authorization, authorization)
  ) {
    throw new GlueError(
      "InvalidSignatureException",
      "The request signature we calculated does not match the signature you provided.",
    );
  }
}
