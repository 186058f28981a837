export const account = "123456789012";
export const region = "us-east-1";

/** Creation date of every resource. */
export const createDate = "2026-01-02T03:04:05Z";

/** Builds a readable ARN from a resource's type and name. */
export function arn(type: string, name: string) {
  const [, service = "", kind = ""] = /^aws:(\w+)\/(\w+):/.exec(type) ?? [];
  if (service === "s3") return `arn:aws:s3:::${name}`;
  return `arn:aws:${service}:${region}:${account}:${kind}/${name}`;
}
