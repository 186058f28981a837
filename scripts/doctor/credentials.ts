import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { clientOptions, describe, isUnreachable, statusOf } from "./aws.ts";
import { error, type Finding, ok, warning } from "./finding.ts";

export interface Caller {
  account: string;
  arn: string;
}

/** Checks the credentials. Without a caller no other AWS check is possible. */
export async function checkCredentials(region: string): Promise<{ caller?: Caller; finding: Finding }> {
  try {
    const sts = new STSClient(clientOptions(region));
    const { Account = "", Arn = "" } = await sts.send(new GetCallerIdentityCommand({}));
    return { caller: { account: Account, arn: Arn }, finding: ok(`Credentials: ${Arn}`) };
  } catch (thrown) {
    return { finding: error(credentialsProblem(region, thrown)) };
  }
}

function credentialsProblem(region: string, thrown: unknown): string {
  if (isUnreachable(thrown)) {
    return `AWS does not answer (${describe(thrown)}): check the network, and whether a firewall or proxy is in the way.`;
  }
  if (statusOf(thrown) !== undefined) {
    return `AWS rejects the credentials (${describe(thrown)}): sign in again, and check that ${region} is enabled for the account.`;
  }
  return `AWS credentials cannot be loaded (${describe(thrown)}): run "aws configure" or "aws sso login", and set AWS_PROFILE unless the profile is the default one.`;
}

/** Warns if other AWS tools use a different region. SST takes its own from sst.config.ts. */
export async function checkRegion(region: string): Promise<Finding> {
  // Without a setting the SDK throws.
  const usual = await new STSClient({}).config.region().catch(() => region);
  if (usual === region) return ok(`Region: ${region}`);
  return warning(
    `Your AWS tools use ${usual}, but stages are deployed to ${region}, the region in sst.config.ts: look for them there, or change it before the first deployment.`,
  );
}
