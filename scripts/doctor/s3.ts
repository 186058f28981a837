import { GetPublicAccessBlockCommand, S3ControlClient } from "@aws-sdk/client-s3-control";
import { clientOptions, isAwsError, unchecked } from "./aws.ts";
import { error, type Finding, ok } from "./finding.ts";

/** Checks that the account allows the output bucket's policy to make results public. */
export async function checkPublicAccess(region: string, account: string): Promise<Finding> {
  const open = ok("S3: the account does not block public results");
  try {
    const control = new S3ControlClient(clientOptions(region));
    const { PublicAccessBlockConfiguration: block = {} } = await control.send(
      new GetPublicAccessBlockCommand({ AccountId: account }),
    );
    const harmful = (["BlockPublicPolicy", "RestrictPublicBuckets"] as const).filter((name) => block[name]);
    if (harmful.length === 0) return open;
    return error(
      `S3 Block Public Access is on for the whole account, so results could not be downloaded: turn ${harmful.join(" and ")} off (S3, "Block Public Access settings for this account"), because each bucket has its own block.`,
    );
  } catch (thrown) {
    if (isAwsError(thrown) && thrown.name === "NoSuchPublicAccessBlockConfiguration") return open;
    return unchecked("The account's S3 Block Public Access", "s3:GetAccountPublicAccessBlock", thrown);
  }
}
