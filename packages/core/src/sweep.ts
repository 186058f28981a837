import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { s3 } from "./aws/clients.ts";
import { jobs, type Search, searches } from "./job/entity.ts";
import { JobId } from "./job/id.ts";
import { hour, timeIn } from "./job/transitions.ts";
import { inputBucket, outputBucket } from "./storage/buckets.ts";
import { outputsPrefix, reportsPrefix, uploadsPrefix } from "./storage/prefixes.ts";
import { removeAll } from "./storage/remove.ts";

/** How often all objects are gone through: often enough that what has no job is removed within a day. */
const everyPass = 6 * hour;
/** Objects younger than this are left alone. */
const youngest = hour;
/** Jobs looked at in one step: as many as S3 lists at once. */
const pageSize = 1000;

/** A step of a search, from where the last one stopped. Answers where the next one starts, and when. */
type Step = (after: string | undefined) => Promise<Search>;

/** Makes a step of each search that is due, as long as there is time. A step that fails is made again by the next call. */
export async function continueSearches(inTime: () => boolean, steps: Record<string, Step>): Promise<void> {
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
 * Remove objects without a job: a late upload to a presigned URL, or what a run wrote after its job was deleted. A job's record
 * is made before its objects and removed after them, so an object without one is never needed.
 */
export const objectSearches: Record<string, Step> = {
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
  return IsTruncated && last ? { dueAt: timeIn(0), after: last } : { dueAt: timeIn(everyPass) };
}

/** Those of the ids that have a record, whatever its status. */
async function existing(jobIds: string[]): Promise<Set<string>> {
  if (jobIds.length === 0) return new Set();
  const { data, unprocessed } = await jobs()
    .get(jobIds.map((jobId) => ({ jobId })))
    .go({ consistent: true, attributes: ["jobId"], concurrent: 4 });
  // What DynamoDB did not get to is looked at in the next pass.
  return new Set([...data, ...unprocessed].map(({ jobId }) => jobId));
}

async function removeOld(Bucket: string, Prefix: string): Promise<void> {
  const { Contents = [] } = await s3().send(new ListObjectsV2Command({ Bucket, Prefix }));
  const isYoung = Contents.some(({ LastModified }) => Date.now() - (LastModified?.getTime() ?? 0) < youngest);
  if (!isYoung) await removeAll(Bucket, Prefix);
}
