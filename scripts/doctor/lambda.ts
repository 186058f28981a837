import { GetAccountSettingsCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { reservations, unreservedMin } from "../../infra/config.ts";
import { clientOptions, unchecked } from "./aws.ts";
import { error, type Finding, ok, warning } from "./finding.ts";

/** The default quota. New accounts start lower and get it with use or on request. */
const usualQuota = 1000;

const reserved = Object.values(reservations).reduce((sum, count) => sum + count, 0);

/** Checks the account's concurrency quota, and that the first deployment of production can reserve its share. */
export async function checkLambda(region: string, firstOfProduction: boolean): Promise<Finding> {
  try {
    const lambda = new LambdaClient(clientOptions(region));
    const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
    const { ConcurrentExecutions: quota = 0, UnreservedConcurrentExecutions: unreserved = quota } =
      AccountLimit ?? {};
    const ask = 'request a larger quota (Service Quotas, Lambda, "Concurrent executions")';

    // The deployment only looks at the quota, so Lambda refuses if other functions have reserved most of it.
    if (firstOfProduction && quota >= unreservedMin + reserved && unreserved < unreservedMin + reserved) {
      return error(
        `Lambda would refuse the ${reserved} concurrent executions that production reserves, because other functions leave only ${unreserved} of ${quota} and ${unreservedMin} must stay unreserved: ${ask}, or lower their reservations.`,
      );
    }
    if (quota < usualQuota) {
      return warning(
        `Lambda runs at most ${quota} functions at once in this account instead of the usual ${usualQuota}, so callers may get a 503${quota < unreservedMin + reserved ? " and production reserves no concurrency" : ""}: ${ask}.`,
      );
    }
    return ok(`Lambda: ${quota} concurrent executions`);
  } catch (thrown) {
    return unchecked("Lambda's concurrency quota", "lambda:GetAccountSettings", thrown);
  }
}
