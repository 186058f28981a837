import { type QueryClient, queryOptions, type SkipToken, skipToken } from "@tanstack/react-query";
import type { Job, JobStatus, JobSummary } from "@unparquet/core/job/schema";
import { parseResponse } from "hono/client";
import pMap from "p-map";
import { api } from "./client.ts";
import { ApiError } from "./error.ts";
import {
  emptyBook,
  type Frontier,
  isLoaded,
  type JobBook,
  type Page,
  placeAfter,
  withDeleted,
  withJobs,
  withoutJobs,
  withPage,
} from "./job-book.ts";
import { isMoving, statuses } from "./status.ts";

/** Jobs of a page that is asked for again and again: little to send, as little has changed. */
const pageSize = 100;
/** Of one that is loaded for the first time: the most the API gives at once, so that thousands are there soon. */
const loadingPageSize = 1000;
const movingStatuses = statuses.filter(isMoving);

/** Milliseconds until the next look: soon while something moves, soon again when the API was away. */
function pollInterval(moving: boolean, error: Error | null): number {
  if (error) return 3000;
  return moving ? 1000 : 10_000;
}

const getPage = (
  status: JobStatus[],
  cursor: string | undefined,
  signal: AbortSignal,
  limit = pageSize,
): Promise<Page> =>
  parseResponse(
    api.jobs.$get(
      { query: { status, limit: String(limit), ...(cursor === undefined ? {} : { cursor }) } },
      { init: { signal } },
    ),
  );

async function getJob(jobId: string, signal: AbortSignal): Promise<Job> {
  const { job } = await parseResponse(
    api["job-status"][":jobId"].$get({ param: { jobId } }, { init: { signal } }),
  );
  return job;
}

/**
 * Every job this tab knows of, from the polls below and from responses to calls. A separate query: setting a query's data
 * restarts its refetch timer.
 */
export const jobsQuery = queryOptions({
  queryKey: ["jobs"],
  queryFn: skipToken as SkipToken | (() => Promise<JobBook>),
  // The book keeps what has not changed, and comparing thousands of jobs by value takes longer than drawing them.
  structuralSharing: false,
});

const bookOf = (queryClient: QueryClient) => queryClient.getQueryData(jobsQuery.queryKey);

function changeBook(queryClient: QueryClient, change: (book: JobBook) => JobBook): void {
  queryClient.setQueryData(jobsQuery.queryKey, (book) => change(book ?? emptyBook));
}

async function getMovingJobs(signal: AbortSignal): Promise<JobSummary[]> {
  const jobs: JobSummary[] = [];
  let cursor: string | undefined;
  do {
    const page = await getPage(movingStatuses, cursor, signal);
    jobs.push(...page.jobs);
    cursor = page.cursor ?? undefined;
  } while (cursor !== undefined);
  return jobs;
}

/** Jobs one by one; one that is gone is left out. */
async function getJobs(ids: string[], signal: AbortSignal): Promise<Job[]> {
  const jobs: Job[] = [];
  await pMap(
    ids,
    async (jobId) => {
      try {
        jobs.push(await getJob(jobId, signal));
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 404) throw error;
      }
    },
    { concurrency: 6 },
  );
  return jobs;
}

/**
 * Looks at the newest page and at what is under way, however long the list: what was under way and is in neither has come to
 * its end since, and is asked for by itself. Its data is whether anything is under way.
 */
export const newestJobsQuery = queryOptions({
  queryKey: ["newest-jobs"],
  queryFn: async ({ client, signal }): Promise<{ moving: boolean }> => {
    const before = bookOf(client);
    const known = before?.jobs ?? [];
    const [newest, moving] = await Promise.all([getPage([], undefined, signal), getMovingJobs(signal)]);
    const heard = new Set([...newest.jobs, ...moving].map(({ jobId }) => jobId));
    const ended = known.filter(({ jobId, status }) => isMoving(status) && !heard.has(jobId));
    const endedNow = await getJobs(
      ended.map(({ jobId }) => jobId),
      signal,
    );
    const here = new Set(endedNow.map(({ jobId }) => jobId));
    const gone = new Set(ended.map(({ jobId }) => jobId).filter((jobId) => !here.has(jobId)));
    changeBook(client, (book) => {
      const begun = before ? book : { ...book, frontier: placeAfter(newest) };
      return withJobs(withoutJobs(withPage(begun, newest, known), gone), [...moving, ...endedNow]);
    });
    return { moving: moving.length > 0 };
  },
  refetchInterval: ({ state: { data, error } }) => pollInterval(data?.moving ?? false, error),
});

/**
 * Looks at one page of older jobs: the next that is not loaded yet, as far back as `since` (ISO 8601, UTC; undefined: all of
 * them) and one right after the other; then through all of them again, slowly, for what changed or was deleted elsewhere.
 * Its data is where that second round goes on; null: with the newest.
 */
export const olderJobsQuery = (book: JobBook | undefined, since: string | undefined) =>
  queryOptions({
    queryKey: ["older-jobs"],
    queryFn: async ({ client, signal }): Promise<Frontier> => {
      const before = bookOf(client) ?? emptyBook;
      const loading = !isLoaded(before, since);
      const place = loading ? before.frontier : (client.getQueryData<Frontier>(["older-jobs"]) ?? null);
      const page = await getPage([], place?.cursor, signal, loading ? loadingPageSize : pageSize);
      const next = placeAfter(page);
      changeBook(client, (now) => ({
        ...withPage(now, page, before.jobs, place?.after),
        ...(loading ? { frontier: next } : {}),
      }));
      return loading || isLoaded({ frontier: next }, before.frontier?.after.createdAt) ? null : next;
    },
    enabled: book !== undefined,
    refetchInterval: ({ state: { error } }) => {
      if (error) return 3000;
      return book && isLoaded(book, since) ? 10_000 : 20;
    },
  });

export const jobQuery = (jobId: string) =>
  queryOptions({
    queryKey: ["job", jobId],
    queryFn: async ({ client, signal }) => {
      const job = await getJob(jobId, signal);
      if (bookOf(client)) changeBook(client, (book) => withJobs(book, [job]));
      return job;
    },
    refetchInterval: ({ state: { data, error } }) => {
      if (error instanceof ApiError && error.status === 404) return false;
      return pollInterval(data !== undefined && isMoving(data.status), error);
    },
  });

/** The job as the list already knows it, without its attempts, so that its page opens without a wait. */
export function listedJob(queryClient: QueryClient, jobId: string): Job | undefined {
  const listed = bookOf(queryClient)?.jobs.find((job) => job.jobId === jobId);
  return listed && { ...listed, attempts: [] };
}

/** Shows what calls answered with. */
export function putJobs(queryClient: QueryClient, jobs: readonly Job[]): void {
  for (const job of jobs) queryClient.setQueryData(jobQuery(job.jobId).queryKey, job);
  // A list nobody has loaded yet would seem to have these and no more.
  if (bookOf(queryClient)) changeBook(queryClient, (book) => withJobs(book, jobs));
}

/** Has the list look again at once. */
export const lookAgain = (queryClient: QueryClient): Promise<void> =>
  queryClient.invalidateQueries({ queryKey: newestJobsQuery.queryKey });

export function putJob(queryClient: QueryClient, job: Job): void {
  putJobs(queryClient, [job]);
  void lookAgain(queryClient);
}

/** Takes deleted jobs out of everything that is shown. */
export function forgetJobs(queryClient: QueryClient, ids: ReadonlySet<string>): void {
  for (const jobId of ids) queryClient.removeQueries({ queryKey: jobQuery(jobId).queryKey });
  if (bookOf(queryClient)) changeBook(queryClient, (book) => withDeleted(book, ids));
}
