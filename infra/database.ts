import { jobTable as layout } from "../packages/core/src/deployment.ts";
import { config, isProduction } from "./stage.ts";

const table = new sst.aws.Dynamo("Job", {
  ...layout,
  deletionProtection: isProduction,
  transform: {
    table: (args) => {
      // Jobs of other stages are not worth a backup.
      args.pointInTimeRecovery = { enabled: isProduction };
      // On demand, a flood of requests would be billed without an end.
      const { readsPerSecond, writesPerSecond } = config.table;
      args.onDemandThroughput = {
        maxReadRequestUnits: readsPerSecond,
        maxWriteRequestUnits: writesPerSecond,
      };
      args.globalSecondaryIndexes = $output(args.globalSecondaryIndexes ?? []).apply((indexes) =>
        indexes.map((index) => ({
          ...index,
          // Half of the table's for a list of jobs. Writes follow those to the table, which are limited.
          onDemandThroughput: {
            maxReadRequestUnits: Math.ceil(readsPerSecond / 2),
            maxWriteRequestUnits: -1,
          },
        })),
      );
    },
  },
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
