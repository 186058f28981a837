import type { JobSummary } from "@unparquet/core/job/schema";

/** A place in the list of jobs, newest first: after this one. */
export type Place = Pick<JobSummary, "createdAt" | "jobId">;

/** Where the jobs begin that follow a page; null: none follow. */
export type Frontier = { readonly cursor: string; readonly after: Place } | null;

export interface Page {
  jobs: JobSummary[];
  cursor: string | null;
}

export function placeAfter({ jobs, cursor }: Page): Frontier {
  const after = jobs.at(-1);
  return cursor === null || after === undefined ? null : { cursor, after };
}

/** All that this tab knows of the jobs. */
export interface JobBook {
  /** Newest first, each once. */
  readonly jobs: readonly JobSummary[];
  /** Where the older ones begin that nobody has asked for yet; null: there are none. */
  readonly frontier: Frontier;
  /** What was deleted here. Ids never come again, so an answer that still has one is an old answer. */
  readonly deleted: ReadonlySet<string>;
}

export const emptyBook: JobBook = { jobs: [], frontier: null, deleted: new Set() };

/** The order of the API's list. */
function newestFirst(a: Place, b: Place): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? 1 : -1;
  return a.jobId === b.jobId ? 0 : a.jobId < b.jobId ? 1 : -1;
}

/** Whether it says more than what is known. Two moves may bear the same millisecond. */
function isNews(known: JobSummary, heard: JobSummary): boolean {
  if (known.updatedAt !== heard.updatedAt) return known.updatedAt < heard.updatedAt;
  return known.status !== heard.status && known.attempt <= heard.attempt;
}

/** Takes in what an answer says of some jobs. The same book when that is nothing new. */
export function withJobs(book: JobBook, heard: readonly JobSummary[]): JobBook {
  const news = new Map<string, JobSummary>();
  for (const job of heard) if (!book.deleted.has(job.jobId)) news.set(job.jobId, job);
  let changed = false;
  const jobs = book.jobs.map((known) => {
    const job = news.get(known.jobId);
    news.delete(known.jobId);
    if (job === undefined || !isNews(known, job)) return known;
    changed = true;
    return job;
  });
  if (news.size > 0) jobs.push(...news.values());
  if (news.size > 0) jobs.sort(newestFirst);
  return changed || news.size > 0 ? { ...book, jobs } : book;
}

/** Takes out what no longer exists. */
export function withoutJobs(book: JobBook, ids: ReadonlySet<string>): JobBook {
  const jobs = book.jobs.filter(({ jobId }) => !ids.has(jobId));
  return jobs.length === book.jobs.length ? book : { ...book, jobs };
}

/** As `withoutJobs`, for what this tab itself deleted. */
export function withDeleted(book: JobBook, ids: ReadonlySet<string>): JobBook {
  return { ...withoutJobs(book, ids), deleted: new Set([...book.deleted, ...ids]) };
}

/**
 * Takes in a page of the list of all jobs. It is the whole truth about its stretch: what was known there when the page was
 * asked for and is not in it has been deleted elsewhere.
 * @param known the jobs of the book when the page was asked for
 * @param after where the page begins; undefined: at the newest
 */
export function withPage(book: JobBook, page: Page, known: readonly JobSummary[], after?: Place): JobBook {
  const end = placeAfter(page)?.after;
  const listed = new Set(page.jobs.map(({ jobId }) => jobId));
  const missing = known.filter(
    (job) =>
      !listed.has(job.jobId) &&
      (after === undefined || newestFirst(after, job) < 0) &&
      (end === undefined || newestFirst(job, end) < 0),
  );
  const kept = missing.length > 0 ? withoutJobs(book, new Set(missing.map(({ jobId }) => jobId))) : book;
  return withJobs(kept, page.jobs);
}

/** Whether every job is loaded that was created at this time or later (ISO 8601, UTC; undefined: ever). */
export function isLoaded({ frontier }: Pick<JobBook, "frontier">, since: string | undefined): boolean {
  return frontier === null || (since !== undefined && frontier.after.createdAt < since);
}
