import { type Finding, warning } from "./finding.ts";

/** Client options with short timeouts: a check without a response gives up within seconds. */
export function clientOptions(region: string) {
  return {
    region,
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  };
}

/** The common members of the SDK's errors and Node's. */
interface AwsError {
  name: string;
  message: string;
  code?: string;
  $metadata?: { httpStatusCode?: number };
}

export function isAwsError(thrown: unknown): thrown is AwsError {
  return thrown instanceof Error;
}

/** Whether there was no response at all, because of the network or a firewall. */
export function isUnreachable(thrown: unknown): boolean {
  if (!isAwsError(thrown)) return false;
  const { code = "", name, $metadata } = thrown;
  if ($metadata?.httpStatusCode !== undefined) return false;
  return name === "TimeoutError" || /^(E[A-Z]+|EAI_[A-Z]+|UND_ERR_\w+)$/.test(code);
}

export function statusOf(thrown: unknown): number | undefined {
  return isAwsError(thrown) ? thrown.$metadata?.httpStatusCode : undefined;
}

function isDenied(thrown: unknown): boolean {
  return statusOf(thrown) === 403 || (isAwsError(thrown) && /^AccessDenied|^Unauthorized/.test(thrown.name));
}

/** `NAME: message` without a full stop, for use in a sentence. */
export function describe(thrown: unknown): string {
  if (!isAwsError(thrown)) return String(thrown);
  const { name, code, message } = thrown;
  return [name === "Error" ? code : name, message].filter(Boolean).join(": ").replace(/\.$/, "");
}

/** The finding of a check that failed. `subject` begins its sentence. */
export function unchecked(subject: string, permission: string, thrown: unknown): Finding {
  if (isDenied(thrown)) {
    return warning(
      `${subject} could not be checked, as the credentials lack ${permission}: check it yourself, or allow that.`,
    );
  }
  return warning(`${subject} could not be checked (${describe(thrown)}): try again, or check it yourself.`);
}
