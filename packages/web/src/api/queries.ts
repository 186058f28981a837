import {
  type InfiniteData,
  infiniteQueryOptions,
  keepPreviousData,
  type QueryClient,
  queryOptions,
} from "@tanstack/react-query";
import type { Job, JobStatus } from "@unparquet/core/job/schema";
import { parseResponse } from "hono/client";
import { isMoving } from "../features/jobs/status.ts";
import { api } from "./client.ts";
import { ApiError } from "./error.ts";

const pageSize = 30;

/** Milliseconds until the next look: soon while something moves, soon again when the API was away. */
function pollInterval(moving: boolean, error: Error | null): number {
  if (error) return 3000;
  return moving ? 1000 : 10_000;
}

interface JobsPage {
  jobs: Job[];
  cursor: string | null;
}
type JobsData = InfiniteData<JobsPage, string | undefined>;

/** Jobs of any of these statuses (none: of all), newest first. */
export const jobsQuery = (status: JobStatus[]) =>
  infiniteQueryOptions({
    queryKey: ["jobs", { status }],
    queryFn: ({ pageParam, signal }): Promise<JobsPage> =>
      parseResponse(
        api.jobs.$get(
          {
            query: {
              status,
              limit: String(pageSize),
              ...(pageParam === undefined ? {} : { cursor: pageParam }),
            },
          },
          { init: { signal } },
        ),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state: { data, error } }) => {
      const pages = data?.pages ?? [];
      const moving = pages.some((page) => page.jobs.some((job) => isMoving(job.status)));
      // Every loaded page is asked for again, so a long list is looked at less often.
      return pollInterval(moving, error) * Math.max(1, pages.length);
    },
  });

export const jobQuery = (jobId: string) =>
  queryOptions({
    queryKey: ["job", jobId],
    queryFn: async ({ signal }): Promise<Job> => {
      const { job } = await parseResponse(
        api["job-status"][":jobId"].$get({ param: { jobId } }, { init: { signal } }),
      );
      return job;
    },
    refetchInterval: ({ state: { data, error } }) => {
      if (error instanceof ApiError && error.status === 404) return false;
      return pollInterval(data !== undefined && isMoving(data.status), error);
    },
  });

/** The job as a list on screen already shows it, so that its page opens without a wait. */
export function listedJob(queryClient: QueryClient, jobId: string): Job | undefined {
  for (const [, data] of queryClient.getQueriesData<JobsData>({ queryKey: ["jobs"] })) {
    for (const page of data?.pages ?? []) {
      const job = page.jobs.find((candidate) => candidate.jobId === jobId);
      if (job) return job;
    }
  }
  return undefined;
}

/** Shows what a call answered with at once, and asks for the lists again. */
export function putJob(queryClient: QueryClient, job: Job): void {
  queryClient.setQueryData(jobQuery(job.jobId).queryKey, job);
  queryClient.invalidateQueries({ queryKey: ["jobs"] });
}

export function forgetJob(queryClient: QueryClient, jobId: string): void {
  queryClient.removeQueries({ queryKey: jobQuery(jobId).queryKey });
  queryClient.setQueriesData<JobsData>({ queryKey: ["jobs"] }, (data) =>
    data === undefined
      ? data
      : {
          ...data,
          pages: data.pages.map((page) => ({
            ...page,
            jobs: page.jobs.filter((job) => job.jobId !== jobId),
          })),
        },
  );
  queryClient.invalidateQueries({ queryKey: ["jobs"] });
}
