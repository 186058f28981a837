import { type Finding, warning } from "./finding.ts";

/** Options of every AWS client, with timeouts of a few seconds. */
export function clientOptions(region: string) {
  return {
    region,
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  };
}

/** Common fields of the SDK's and Node's errors. */
interface AwsError {
  name: string;
  message: string;
  code?: string;
  $metadata?: { httpStatusCode?: number };
}

export function isAwsError(thrown: unknown): thrown is AwsError {
  return thrown instanceof Error;
}

/** Whether there was no response: no network, or a firewall. */
export function isUnreachable(thrown: unknown): boolean {
  if (!isAwsError(thrown)) return false;
  const { code = "", name, $metadata } = thrown;
  if ($metadata?.httpStatusCode !== undefined) return false;
  return name === "TimeoutError" || /^(E[A-Z]+|EAI_[A-Z]+|UND_ERR_\w+)$/.test(code);
}

export function statusOf(thrown: unknown): number | undefined {
  return isAwsError(thrown) ? thrown.$metadata?.httpStatusCode : undefined;
}

export function isDenied(thrown: unknown): boolean {
  return statusOf(thrown) === 403 || (isAwsError(thrown) && /^AccessDenied|^Unauthorized/.test(thrown.name));
}

/** Formats an error as `NAME: message` without a full stop, for use within a sentence. */
export function describe(thrown: unknown): string {
  if (!isAwsError(thrown)) return String(thrown);
  const { name, code, message } = thrown;
  return [name === "Error" ? code : name, message].filter(Boolean).join(": ").replace(/\.$/, "");
}

/** Returns the finding for a check that could not be made. `subject` begins the sentence. */
export function unchecked(subject: string, permission: string, thrown: unknown): Finding {
  if (isDenied(thrown)) {
    return warning(
      `${subject} could not be checked, because the credentials lack ${permission}: grant it, or check yourself.`,
    );
  }
  return warning(`${subject} could not be checked (${describe(thrown)}): try again, or check it yourself.`);
}
