import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CustomAttributeType, Entity, type EntityItem } from "electrodb";
import { Resource } from "sst";
import { lazy } from "../aws/lazy.ts";
import type { Options } from "./options.ts";
import type { Attempt, ConversionError, Result } from "./schema.ts";
import { storedStatuses } from "./status.ts";
import { jobTable } from "./table.ts";

const { primaryIndex, globalIndexes } = jobTable;

export interface AttemptRecord {
  attempt: number;
  status: Attempt["status"];
  startedAt: string;
  runningAt?: string;
  endedAt?: string;
  glueRunId?: string;
  error?: ConversionError;
}

// Ids tell upper from lower case, and ElectroDB would lower the case of keys: two jobs could share one record.
const casing = "none";

const model = {
  model: { service: "unparquet", entity: "job", version: "1" },
  attributes: {
    jobId: { type: "string", required: true, readOnly: true },
    filename: { type: "string", required: true, readOnly: true },
    createdAt: { type: "string", required: true, readOnly: true },
    updatedAt: { type: "string", required: true },
    status: { type: storedStatuses, required: true },
    /** Size of the input: as announced, then as found when the attempt was accepted. */
    bytes: { type: "number", required: true },
    /** The unfinished multipart upload of the input. */
    uploadId: { type: "string" },
    /** When an input nobody has triggered was last seen, so that it is not looked for every minute. */
    inputSeenAt: { type: "string" },
    options: { type: CustomAttributeType<Options>("any"), required: true },
    attempt: { type: "number", required: true },
    /** Since when someone is starting a run of the current attempt. Absent: nobody is. */
    startClaimedAt: { type: "string" },
    /** Oldest first; the entry of attempt n is the nth. */
    attempts: { type: CustomAttributeType<AttemptRecord[]>("any"), required: true },
    result: { type: CustomAttributeType<Omit<Result, "url">>("any") },
    error: { type: CustomAttributeType<ConversionError>("any") },
  },
  indexes: {
    job: {
      pk: { field: primaryIndex.hashKey, composite: ["jobId"], casing },
      sk: { field: primaryIndex.rangeKey, composite: [], casing },
    },
    byStatus: {
      index: "byStatus",
      pk: { field: globalIndexes.byStatus.hashKey, composite: ["status"], casing },
      sk: { field: globalIndexes.byStatus.rangeKey, composite: ["createdAt", "jobId"], casing },
    },
    byCreation: {
      index: "byCreation",
      pk: { field: globalIndexes.byCreation.hashKey, composite: [], casing },
      sk: { field: globalIndexes.byCreation.rangeKey, composite: ["createdAt", "jobId"], casing },
    },
  },
} as const;

/** The job table. Access patterns: by `jobId`, `byStatus` and `byCreation`, both in order of creation. */
export const jobs = lazy(
  () => new Entity(model, { client: new DynamoDBClient({}), table: Resource.JobTable.name }),
);

export type JobRecord = EntityItem<ReturnType<typeof jobs>>;
