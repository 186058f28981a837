import { decodeCursor, encodeCursor, type Position } from "./job/cursor.ts";
import { type JobRecord, jobs } from "./job/entity.ts";
import { isVisible, type VisibleJob } from "./job/find.ts";
import type { JobStatus } from "./job/schema.ts";

/** Bytes of records a page holds at most: with what JSON adds it has to stay under Lambda's 6 MB. */
const pageMaxBytes = 4 * 1024 ** 2;

/** Records older than `after`, newest first, of one status or of any. */
async function* newestFirst(status: JobStatus | undefined, after: Position | undefined, limit: number) {
  const { byStatus, byCreation } = jobs().query;
  const all = status === undefined ? byCreation({}) : byStatus({ status });
  const query = after ? all.lt(after) : all;
  let cursor: string | null = null;
  do {
    const answer: { data: JobRecord[]; cursor: string | null } = await query.go({
      order: "desc",
      limit,
      cursor,
    });
    yield* answer.data;
    cursor = answer.cursor;
  } while (cursor);
}

const isNewer = (a: Position, b: Position) =>
  a.createdAt === b.createdAt ? a.jobId > b.jobId : a.createdAt > b.createdAt;

/** Merges sequences that are each newest first into one that is. */
async function* mergeNewestFirst(sources: AsyncGenerator<JobRecord>[]) {
  const heads = await Promise.all(sources.map(async (source) => ({ source, head: await source.next() })));
  for (;;) {
    let newest: (typeof heads)[number] | undefined;
    for (const candidate of heads) {
      if (candidate.head.done) continue;
      if (!newest || newest.head.done || isNewer(candidate.head.value, newest.head.value)) newest = candidate;
    }
    if (!newest || newest.head.done) return;
    yield newest.head.value;
    newest.head = await newest.source.next();
  }
}

/**
 * A page of jobs, newest first, of the statuses given or of all. `cursor` leads to the next page; it is a place in the order
 * of creation, so pages neither repeat nor miss a job that keeps its status. Throws `invalid_cursor`.
 */
export const listJobs = async (given: {
  statuses?: JobStatus[];
  limit: number;
  cursor?: string;
}): Promise<{ jobs: VisibleJob[]; cursor: string | null }> => {
  const after = given.cursor === undefined ? undefined : decodeCursor(given.cursor);
  // One more than asked for, to know whether there is a next page.
  const sources = given.statuses?.length
    ? [...new Set(given.statuses)].map((status) => newestFirst(status, after, given.limit + 1))
    : [newestFirst(undefined, after, given.limit + 1)];
  const found: VisibleJob[] = [];
  let bytes = 0;
  for await (const record of mergeNewestFirst(sources)) {
    if (!isVisible(record)) continue;
    bytes += Buffer.byteLength(JSON.stringify(record));
    const last = found.at(-1);
    if (last && (found.length === given.limit || bytes > pageMaxBytes)) {
      return { jobs: found, cursor: encodeCursor(last) };
    }
    found.push(record);
  }
  return { jobs: found, cursor: null };
};
