import { GetAccountSettingsCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { reservations, unreservedMin } from "../../infra/reservations.ts";
import { clientOptions, unchecked } from "./aws.ts";
import { error, type Finding, ok, warning } from "./finding.ts";

/** AWS's default. New accounts start lower, and get it with use or on request. */
const usualQuota = 1000;

const reserved = Object.values(reservations).reduce((sum, count) => sum + count, 0);

/** Checks the account's concurrency, and whether the first deployment of production can reserve its part. */
export async function checkLambda(region: string, firstOfProduction: boolean): Promise<Finding> {
  try {
    const lambda = new LambdaClient(clientOptions(region));
    const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
    const { ConcurrentExecutions: quota = 0, UnreservedConcurrentExecutions: unreserved = quota } =
      AccountLimit ?? {};
    const ask = 'ask for a larger quota (Service Quotas, Lambda, "Concurrent executions")';

    // infra/ decides by the quota alone, and Lambda refuses if other functions have reserved nearly all of it.
    if (firstOfProduction && quota >= unreservedMin + reserved && unreserved < unreservedMin + reserved) {
      return error(
        `Lambda would refuse the ${reserved} concurrent executions that production reserves, as other functions of the account leave ${unreserved} of ${quota} and ${unreservedMin} must stay: ${ask}, or lower their reservations.`,
      );
    }
    if (quota < usualQuota) {
      return warning(
        `Lambda runs at most ${quota} functions at once in this account, where ${usualQuota} is usual: beyond that callers get a 503${quota < unreservedMin + reserved ? ", and production cannot reserve what it would" : ""}, until you ${ask}.`,
      );
    }
    return ok(`Lambda: ${quota} concurrent executions`);
  } catch (thrown) {
    return unchecked("Lambda's concurrency quota", "lambda:GetAccountSettings", thrown);
  }
}
