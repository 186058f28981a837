import { configOf } from "./config.ts";

export const isProduction = $app.stage === "production";

/** Prefix of resource names that must be unique in an account: alarms, log groups, the Glue job. */
export const prefix = `${$app.name}-${$app.stage}`;

export const config = configOf($app.stage, process.env);

/** Quotas that the API enforces and passes to each conversion. */
export const limits = new sst.Linkable("Limits", {
  properties: { ...config.limits, sparkDpuHoursPerDay: config.lanes.spark?.dpuHoursPerDay ?? 0 },
});

/** Where `sst dev` serves the dashboard. */
export const devDashboard = "http://127.0.0.1:5173";

// Attaches the named permissions boundary to every role. GitHub's deploy roles may only create roles that have it.
const boundary = process.env.UNPARQUET_PERMISSIONS_BOUNDARY;
if (boundary) {
  const { accountId } = aws.getCallerIdentityOutput();
  $transform(aws.iam.Role, (role) => {
    role.permissionsBoundary = $interpolate`arn:aws:iam::${accountId}:policy/${boundary}`;
  });
}
