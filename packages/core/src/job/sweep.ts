import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { CustomAttributeType, Entity } from "electrodb";
import { inputBucket, lazy, outputBucket, s3, tableConfiguration } from "../aws.ts";
import { jobTable, outputsPrefix, reportsPrefix, uploadsPrefix } from "../deployment.ts";
import { removeAll } from "../storage/objects.ts";
import { jobs } from "./record.ts";
import { JobId } from "./schema.ts";
import { hour, timeIn } from "./transitions.ts";

/** Progress of a regular search. */
export interface Search {
  /** When its next step is due. */
  dueAt: string;
  /** The last key prefix that was searched; absent at the start of a pass. */
  after?: string;
}

/** A single item with the progress of all searches. */
const searchesModel = {
  model: { service: "unparquet", entity: "searches", version: "1" },
  attributes: { searches: { type: CustomAttributeType<Record<string, Search>>("any"), required: true } },
  indexes: {
    searches: {
      pk: { field: jobTable.primaryIndex.hashKey, composite: [], casing: "none" },
      sk: { field: jobTable.primaryIndex.rangeKey, composite: [], casing: "none" },
    },
  },
} as const;

export const searches = lazy(() => new Entity(searchesModel, tableConfiguration()));

/** How often to search all objects, so that orphaned ones are removed within a day. */
const passInterval = 6 * hour;
/** Younger objects are kept. */
const minAge = hour;
/** Jobs per step: as many as S3 lists at once. */
const pageSize = 1000;

/** Continues a search after a key prefix. Returns where and when to continue next. */
type SearchStep = (after: string | undefined) => Promise<Search>;

/** Runs a step of each search that is due, within the time limit. The next call repeats a failed step. */
export async function runSearches(inTime: () => boolean, steps: Record<string, SearchStep>): Promise<void> {
  const { data } = await searches().get({}).go({ consistent: true });
  const known = data?.searches ?? {};
  const next = { ...known };
  const failures: unknown[] = [];
  for (const [name, step] of Object.entries(steps)) {
    const { dueAt = "", after } = known[name] ?? {};
    if (dueAt > timeIn(0) || !inTime()) continue;
    try {
      next[name] = await step(after);
    } catch (error) {
      failures.push(error);
    }
  }
  if (Object.keys(next).some((name) => next[name] !== known[name]))
    await searches().put({ searches: next }).go();
  if (failures.length > 0) throw failures[0];
}

/**
 * Searches for objects without a job, left by a late upload to a presigned URL or a run of a deleted job. A record is created
 * before and removed after its objects, so an object without a record is never needed.
 */
export const objectSearches: Record<string, SearchStep> = {
  [uploadsPrefix]: (after) => sweepPage(inputBucket(), uploadsPrefix, after),
  [outputsPrefix]: (after) => sweepPage(outputBucket(), outputsPrefix, after),
  [reportsPrefix]: (after) => sweepPage(outputBucket(), reportsPrefix, after),
};

async function sweepPage(Bucket: string, prefix: string, after: string | undefined): Promise<Search> {
  const { CommonPrefixes = [], IsTruncated } = await s3().send(
    new ListObjectsV2Command({
      Bucket,
      Prefix: prefix,
      Delimiter: "/",
      MaxKeys: pageSize,
      ...(after && { StartAfter: after }),
    }),
  );
  const folders = CommonPrefixes.flatMap(({ Prefix }) => Prefix ?? []);
  const jobIds = folders.flatMap((folder) => JobId.safeParse(folder.slice(prefix.length, -1)).data ?? []);
  const kept = await existing(jobIds);
  for (const jobId of jobIds) if (!kept.has(jobId)) await removeOld(Bucket, `${prefix}${jobId}/`);
  const last = folders.at(-1);
  return IsTruncated && last ? { dueAt: timeIn(0), after: last } : { dueAt: timeIn(passInterval) };
}

/** The ids that have a record, in any status. */
async function existing(jobIds: string[]): Promise<Set<string>> {
  if (jobIds.length === 0) return new Set();
  const { data, unprocessed } = await jobs()
    .get(jobIds.map((jobId) => ({ jobId })))
    .go({ consistent: true, attributes: ["jobId"], concurrent: 4 });
  // The next pass checks what DynamoDB did not process.
  return new Set([...data, ...unprocessed].map(({ jobId }) => jobId));
}

async function removeOld(Bucket: string, Prefix: string): Promise<void> {
  const { Contents = [] } = await s3().send(new ListObjectsV2Command({ Bucket, Prefix }));
  const isYoung = Contents.some(({ LastModified }) => Date.now() - (LastModified?.getTime() ?? 0) < minAge);
  if (!isYoung) await removeAll(Bucket, Prefix);
}
