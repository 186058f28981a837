import { GetAccountSettingsCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { unreservedMin } from "./reservations.ts";
import { isProduction } from "./stage.ts";

/** How many concurrent executions Lambda allows the functions of the account and region. */
async function concurrencyQuota(): Promise<number> {
  const { SST_AWS_REGION, SST_AWS_ACCESS_KEY_ID, SST_AWS_SECRET_ACCESS_KEY, SST_AWS_SESSION_TOKEN } =
    process.env;
  const lambda = new LambdaClient({
    ...(SST_AWS_REGION && { region: SST_AWS_REGION }),
    // Those that the CLI deploys with. The SDK would find others, or none, for some kinds of profiles.
    ...(SST_AWS_ACCESS_KEY_ID &&
      SST_AWS_SECRET_ACCESS_KEY && {
        credentials: {
          accessKeyId: SST_AWS_ACCESS_KEY_ID,
          secretAccessKey: SST_AWS_SECRET_ACCESS_KEY,
          ...(SST_AWS_SESSION_TOKEN && { sessionToken: SST_AWS_SESSION_TOKEN }),
        },
      }),
  });
  const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
  return AccountLimit?.ConcurrentExecutions ?? 0;
}

/** What production may still reserve. Other stages share an account with it, or with one another, and reserve nothing. */
let reservable = isProduction ? (await concurrencyQuota()) - unreservedMin : 0;

/**
 * The `concurrency` argument of a function that wants to reserve that much: nothing where the account's quota does not allow it.
 * The quota decides, not what is unreserved at the moment, which the stage's own reservations change from one deployment to the next.
 */
export function reserve(wanted: number): Pick<sst.aws.FunctionArgs, "concurrency"> {
  if (wanted > reservable) return {};
  reservable -= wanted;
  return { concurrency: { reserved: wanted } };
}
