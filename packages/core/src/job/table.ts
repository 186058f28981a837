/**
 * Physical layout of the job table, in the shape `sst.aws.Dynamo` takes. ElectroDB, the infrastructure and the embedded AWS
 * all read this definition. Every key attribute is a string. No imports, so infrastructure code loads it without the AWS SDK.
 */
export const jobTable = {
  fields: {
    pk: "string",
    sk: "string",
    gsi1pk: "string",
    gsi1sk: "string",
    gsi2pk: "string",
    gsi2sk: "string",
    gsi3pk: "string",
    gsi3sk: "string",
  },
  primaryIndex: { hashKey: "pk", rangeKey: "sk" },
  globalIndexes: {
    byStatus: { hashKey: "gsi1pk", rangeKey: "gsi1sk" },
    byCreation: { hashKey: "gsi2pk", rangeKey: "gsi2sk" },
    /** Names jobs and no more (the last two tell ElectroDB what an item is): the reconciler reads each from the table. */
    byDue: {
      hashKey: "gsi3pk",
      rangeKey: "gsi3sk",
      projection: ["jobId", "dueAt", "__edb_e__", "__edb_v__"] as string[],
    },
  },
  /** Epoch seconds after which DynamoDB removes an item. Only counters have it. */
  ttl: "expiresAt",
} as const;
