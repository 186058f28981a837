import { jobTable as layout } from "../packages/core/src/deployment.ts";
import { config, isProduction } from "./stage.ts";

const table = new sst.aws.Dynamo("Job", {
  ...layout,
  deletionProtection: isProduction,
  transform: {
    table: (args) => {
      // Jobs of other stages need no backup.
      args.pointInTimeRecovery = { enabled: isProduction };
      // Caps the bill: on-demand capacity has no limit of its own.
      const { readsPerSecond, writesPerSecond } = config.table;
      args.onDemandThroughput = {
        maxReadRequestUnits: readsPerSecond,
        maxWriteRequestUnits: writesPerSecond,
      };
      args.globalSecondaryIndexes = $output(args.globalSecondaryIndexes ?? []).apply((indexes) =>
        indexes.map((index) => ({
          ...index,
          // Listing jobs gets half of the table's reads. Writes are limited by the table's.
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
