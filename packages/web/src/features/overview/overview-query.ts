import { infiniteQueryOptions } from "@tanstack/react-query";
import type { JobSummary } from "@unparquet/core/job/schema";
import { parseResponse } from "hono/client";
import { api } from "../../api/client.ts";

/** The newest jobs, a hundred a page: as many as are asked for are counted. */
export const overviewQuery = infiniteQueryOptions({
  queryKey: ["jobs-overview"],
  queryFn: ({ pageParam, signal }): Promise<{ jobs: JobSummary[]; cursor: string | null }> =>
    parseResponse(
      api.jobs.$get(
        { query: { limit: "100", ...(pageParam === undefined ? {} : { cursor: pageParam }) } },
        { init: { signal } },
      ),
    ),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.cursor ?? undefined,
});
