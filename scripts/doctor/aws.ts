import { type Finding, warning } from "./finding.ts";

/** Options of every client: a check that gets no answer gives up within seconds. */
export const clientOptions = (region: string) => ({
  region,
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
});

/** The parts of the SDK's errors, and of Node's, that tell what happened. */
interface AwsError {
  name: string;
  message: string;
  code?: string;
  $metadata?: { httpStatusCode?: number };
}

export function isAwsError(thrown: unknown): thrown is AwsError {
  return thrown instanceof Error;
}

/** Whether there was no response at all: no network, or a firewall. */
export function isUnreachable(thrown: unknown): boolean {
  if (!isAwsError(thrown)) return false;
  const { code = "", name, $metadata } = thrown;
  if ($metadata?.httpStatusCode !== undefined) return false;
  return name === "TimeoutError" || /^(E[A-Z]+|EAI_[A-Z]+|UND_ERR_\w+)$/.test(code);
}

export const statusOf = (thrown: unknown) =>
  isAwsError(thrown) ? thrown.$metadata?.httpStatusCode : undefined;

export function isDenied(thrown: unknown): boolean {
  return statusOf(thrown) === 403 || (isAwsError(thrown) && /^AccessDenied|^Unauthorized/.test(thrown.name));
}

/** `NAME: message` without a full stop, to be put into a sentence. */
export function describe(thrown: unknown): string {
  if (!isAwsError(thrown)) return String(thrown);
  const { name, code, message } = thrown;
  return [name === "Error" ? code : name, message].filter(Boolean).join(": ").replace(/\.$/, "");
}

/** The finding of a check that AWS did not let happen. `subject` begins a sentence. */
export function unchecked(subject: string, permission: string, thrown: unknown): Finding {
  if (isDenied(thrown)) {
    return warning(
      `${subject} could not be checked, as the credentials lack ${permission}: check it yourself, or allow that.`,
    );
  }
  return warning(`${subject} could not be checked (${describe(thrown)}): try again, or check it yourself.`);
}
