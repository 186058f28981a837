import { CustomAttributeType, Entity, type EntityItem, Service } from "electrodb";
import { Resource } from "sst";
import { dynamoDB } from "../aws/clients.ts";
import { lazy } from "../aws/lazy.ts";
import { type Options, withDefaults } from "./options.ts";
import { attemptStatuses, type ConversionError, type StoredResult } from "./schema.ts";
import { storedStatuses } from "./status.ts";
import { jobTable } from "./table.ts";

const { primaryIndex, globalIndexes } = jobTable;
const hashKey = primaryIndex.hashKey;
const rangeKey = primaryIndex.rangeKey;

// Ids are case-sensitive; ElectroDB lowercases keys by default.
const casing = "none";

/** Runs of this lane are Glue Python Shell runs. */
export const lanes = ["shell"] as const;

/** What an attempt holds of a day's quota until it has ended. */
export interface Reservation {
  /** UTC: `2026-01-31`. */
  day: string;
  outputBytes: number;
  dpuSeconds: number;
}

/** What an attempt is, while it is the job's current one and after. */
const attemptAttributes = {
  attempt: { type: "number", required: true },
  options: {
    type: CustomAttributeType<Options>("any"),
    required: true,
    get: (stored?: Options) => stored && withDefaults(stored),
  },
  lane: { type: lanes },
  /** DPU of its run. */
  capacity: { type: "number" },
  startedAt: { type: "string" },
  runningAt: { type: "string" },
  endedAt: { type: "string" },
  runId: { type: "string" },
  result: { type: CustomAttributeType<StoredResult>("any") },
  error: { type: CustomAttributeType<ConversionError>("any") },
} as const;

const jobModel = {
  model: { service: "unparquet", entity: "job", version: "1" },
  attributes: {
    jobId: { type: "string", required: true, readOnly: true },
    filename: { type: "string", required: true, readOnly: true },
    createdAt: { type: "string", required: true, readOnly: true },
    updatedAt: { type: "string", required: true },
    status: { type: storedStatuses, required: true },
    /** Counts writes. Every write is conditional on the revision that was read. */
    revision: { type: "number", required: true },
    /** Ids of the latest writes, newest first: a writer recognises its own when the SDK repeats it. */
    writes: { type: "list", items: { type: "string" }, required: true },
    /** When the reconciler looks at the job next; `never` once there is nothing left to do. */
    dueAt: { type: "string", required: true },
    /** Failures of the reconciler in a row. */
    failures: { type: "number" },
    /** Size of the input: as announced, then as found when an attempt was accepted. */
    bytes: { type: "number", required: true },
    /** Version of the input that was checked, which is the one that is converted. */
    etag: { type: "string" },
    /** The unfinished multipart upload of the input. */
    uploadId: { type: "string" },
    /** Since when a function has been starting the attempt's run. */
    startClaimedAt: { type: "string" },
    /** Since when Glue has not known the attempt's run. */
    missingSince: { type: "string" },
    reserved: { type: CustomAttributeType<Reservation>("any") },
    ...attemptAttributes,
  },
  indexes: {
    job: {
      pk: { field: hashKey, composite: ["jobId"], casing },
      sk: { field: rangeKey, composite: [], casing },
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
    byDue: {
      index: "byDue",
      projection: ["jobId", "dueAt"],
      pk: { field: globalIndexes.byDue.hashKey, composite: [], casing },
      sk: { field: globalIndexes.byDue.rangeKey, composite: ["dueAt", "jobId"], casing },
    },
  },
} as const;

const attemptModel = {
  model: { service: "unparquet", entity: "attempt", version: "1" },
  attributes: {
    jobId: { type: "string", required: true, readOnly: true },
    status: { type: attemptStatuses, required: true },
    ...attemptAttributes,
    // Zero-padded, so that the order of keys is the order of numbers.
    attempt: { type: "number", required: true, padding: { length: 4, char: "0" } },
  },
  indexes: {
    attempts: {
      pk: { field: hashKey, composite: ["jobId"], casing },
      sk: { field: rangeKey, composite: ["attempt"], casing },
    },
  },
} as const;

/** Counters of one day (UTC). */
const dayModel = {
  model: { service: "unparquet", entity: "day", version: "1" },
  attributes: {
    day: { type: "string", required: true, readOnly: true },
    conversions: { type: "number" },
    /** Written by that day's conversions, and reserved for those under way. */
    outputBytes: { type: "number" },
    dpuSeconds: { type: "number" },
    uploads: { type: "number" },
    uploadBytes: { type: "number" },
    expiresAt: { type: "number" },
  },
  indexes: {
    day: {
      pk: { field: hashKey, composite: ["day"], casing },
      sk: { field: rangeKey, composite: [], casing },
    },
  },
} as const;

/** Counters of one caller on one day. */
const callerModel = {
  model: { service: "unparquet", entity: "caller", version: "1" },
  attributes: {
    day: { type: "string", required: true, readOnly: true },
    caller: { type: "string", required: true, readOnly: true },
    uploads: { type: "number" },
    expiresAt: { type: "number" },
  },
  indexes: {
    caller: {
      pk: { field: hashKey, composite: ["day"], casing },
      sk: { field: rangeKey, composite: ["caller"], casing },
    },
  },
} as const;

/** How far a regular search has come. */
export interface Search {
  /** When its next step is due. */
  dueAt: string;
  /** Last key prefix that was looked at; absent before the first. */
  after?: string;
}

/** The one item that keeps how far the reconciler's searches for runs and objects without a job have come. */
const searchesModel = {
  model: { service: "unparquet", entity: "searches", version: "1" },
  attributes: { searches: { type: CustomAttributeType<Record<string, Search>>("any"), required: true } },
  indexes: {
    searches: {
      pk: { field: hashKey, composite: [], casing },
      sk: { field: rangeKey, composite: [], casing },
    },
  },
} as const;

const configuration = lazy(() => ({ client: dynamoDB(), table: Resource.JobTable.name }));

/** Jobs, by `jobId`, `byStatus`, `byCreation` (both in order of creation) and `byDue`. */
export const jobs = lazy(() => new Entity(jobModel, configuration()));
/** Attempts that are no longer their job's current one, oldest first. */
export const attempts = lazy(() => new Entity(attemptModel, configuration()));
export const days = lazy(() => new Entity(dayModel, configuration()));
export const callers = lazy(() => new Entity(callerModel, configuration()));
export const searches = lazy(() => new Entity(searchesModel, configuration()));

/** All of them, for writes that happen together or not at all. */
export const table = lazy(
  () => new Service({ job: jobs(), attempt: attempts(), day: days(), caller: callers() }, configuration()),
);

/** The entities of a transaction. */
export type Writes = Parameters<Parameters<ReturnType<typeof table>["transaction"]["write"]>[0]>[0];

export type JobRecord = EntityItem<ReturnType<typeof jobs>>;
export type AttemptRecord = EntityItem<ReturnType<typeof attempts>>;
