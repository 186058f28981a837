export const account = "123456789012";
export const region = "us-east-1";

/** When every resource was created. */
export const createDate = "2026-01-02T03:04:05Z";

/** `aws:s3/bucket:Bucket` named `Input` gets an ARN that says so: what a policy allows can be read. */
export function arn(type: string, name: string) {
  const [, service = "", kind = ""] = /^aws:(\w+)\/(\w+):/.exec(type) ?? [];
  if (service === "s3") return `arn:aws:s3:::${name}`;
  return `arn:aws:${service}:${region}:${account}:${kind}/${name}`;
}
