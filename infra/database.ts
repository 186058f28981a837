import { jobTable as layout } from "../packages/core/src/job/table.ts";
import { isProduction } from "./stage.ts";

const table = new sst.aws.Dynamo("Job", {
  ...layout,
  deletionProtection: isProduction,
  // Jobs of other stages are not worth a backup.
  transform: { table: { pointInTimeRecovery: { enabled: isProduction } } },
});

/** Linked by name only: a link to the table itself would grant dynamodb:* on it. */
export const jobTable = new sst.Linkable("JobTable", { properties: { name: table.name } });

export const jobs = {
  allow: (...actions: string[]) => ({
    actions: actions.map((action) => `dynamodb:${action}`),
    resources: [table.arn],
  }),
  allowQuery: (...indexes: (keyof typeof layout.globalIndexes)[]) => ({
    actions: ["dynamodb:Query"],
    resources: indexes.map((index) => $interpolate`${table.arn}/index/${index}`),
  }),
};
