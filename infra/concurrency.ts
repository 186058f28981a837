import { GetAccountSettingsCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { unreservedMin } from "./config.ts";
import { isProduction } from "./stage.ts";

/** The account's quota of concurrent executions in this region. */
async function concurrencyQuota(): Promise<number> {
  const { SST_AWS_REGION, SST_AWS_ACCESS_KEY_ID, SST_AWS_SECRET_ACCESS_KEY, SST_AWS_SESSION_TOKEN } =
    process.env;
  const lambda = new LambdaClient({
    ...(SST_AWS_REGION && { region: SST_AWS_REGION }),
    // The CLI's credentials. For some kinds of profiles the SDK would find none, or different ones.
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

/** Concurrency that production may still reserve. Other stages reserve none, because they may share an account with it. */
let reservable = isProduction ? (await concurrencyQuota()) - unreservedMin : 0;

/**
 * Returns a function's `concurrency` argument, empty if the quota is too small. Compares with the quota rather than with the
 * currently unreserved concurrency, which the stage's own reservations change between deployments.
 */
export function reserve(wanted: number): Pick<sst.aws.FunctionArgs, "concurrency"> {
  if (wanted > reservable) return {};
  reservable -= wanted;
  return { concurrency: { reserved: wanted } };
}
