import { createHash, createHmac } from "node:crypto";
import { type AwsRequest, urlOf } from "./requests.ts";

const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/** RFC 3986: what `encodeURIComponent` leaves as it is, is encoded too. */
const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

export const isPresigned = (request: Pick<AwsRequest, "target">): boolean =>
  urlOf(request).searchParams.has("X-Amz-Signature");

/**
 * Whether a request is the one that was presigned, with the headers that were signed.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export function hasItsSignature(
  { method, target, headers }: Omit<AwsRequest, "body">,
  secretAccessKey: string,
): boolean {
  const { pathname, searchParams: query } = urlOf({ target });
  const scope = (query.get("X-Amz-Credential") ?? "").split("/").slice(1);
  const signed = query.get("X-Amz-SignedHeaders") ?? "";
  const canonicalQuery = [...query]
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .toSorted()
    .join("&");
  const canonicalHeaders = signed.split(";").map((name) => `${name}:${headers[name] ?? ""}\n`);
  const canonical = [method, pathname, canonicalQuery, canonicalHeaders.join(""), signed, "UNSIGNED-PAYLOAD"];
  const digest = createHash("sha256").update(canonical.join("\n")).digest("hex");
  const toSign = ["AWS4-HMAC-SHA256", query.get("X-Amz-Date"), scope.join("/"), digest].join("\n");
  const key = scope.reduce<string | Buffer>((key, part) => hmac(key, part), `AWS4${secretAccessKey}`);
  return hmac(key, toSign).toString("hex") === query.get("X-Amz-Signature");
}

/** Where the request goes when it is not presigned. */
export function withoutSignature({ target }: Pick<AwsRequest, "target">): string {
  const [path = "", query = ""] = target.split("?");
  const rest = query.split("&").filter((parameter) => parameter !== "" && !parameter.startsWith("X-Amz-"));
  return rest.length ? `${path}?${rest.join("&")}` : path;
}
