import { GetJobsCommand, GlueClient } from "@aws-sdk/client-glue";
import { clientOptions, describe, isAwsError, unchecked } from "./aws.ts";
import { error, type Finding, ok } from "./finding.ts";

/** Checks that the account can use Glue, which AWS denies to some new accounts. */
export async function checkGlue(region: string): Promise<Finding> {
  try {
    await new GlueClient(clientOptions(region)).send(new GetJobsCommand({ MaxResults: 1 }));
    return ok("Glue: the account may use it");
  } catch (thrown) {
    if (isAwsError(thrown) && /is denied access|needs a subscription|not subscribed/i.test(thrown.message)) {
      return error(
        `AWS does not let this account use Glue yet (${describe(thrown)}): open a free support case ("Account and billing") and ask for Glue in ${region}.`,
      );
    }
    return unchecked("Access to Glue", "glue:GetJobs", thrown);
  }
}
