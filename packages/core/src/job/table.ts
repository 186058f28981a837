/**
 * Physical layout of the job table, in the shape `sst.aws.Dynamo` takes. The only definition: ElectroDB, the
 * infrastructure and the embedded AWS all read it. Every attribute is a string, every index projects all attributes.
 * No imports, so that infrastructure code can load it without the AWS SDK.
 */
export const jobTable = {
  fields: {
    pk: "string",
    sk: "string",
    gsi1pk: "string",
    gsi1sk: "string",
    gsi2pk: "string",
    gsi2sk: "string",
  },
  primaryIndex: { hashKey: "pk", rangeKey: "sk" },
  globalIndexes: {
    byStatus: { hashKey: "gsi1pk", rangeKey: "gsi1sk" },
    byCreation: { hashKey: "gsi2pk", rangeKey: "gsi2sk" },
  },
} as const;
