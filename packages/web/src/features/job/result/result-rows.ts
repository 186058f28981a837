import { useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Options } from "@unparquet/core/conversion/options";
import type { Result } from "@unparquet/core/job/schema";
import { useMemo } from "react";
import * as z from "zod";
import { type Json, parseJson } from "./json.ts";
import { OutputRows, pageRows } from "./output-rows.ts";

const Index = z.object({ entries: z.array(z.tuple([z.number(), z.number()])) });

async function fetchIndex(url: string, signal: AbortSignal) {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`The index answered with HTTP status ${response.status}.`);
  return Index.parse(await response.json()).entries;
}

export interface ResultRows {
  /** A row from 0: undefined while it is being read, null if it cannot be shown. */
  rowAt: (row: number) => Json | null | undefined;
  /** The same, also for rows that are not in view. */
  readRow: (row: number) => Promise<Json | null>;
  /** Pages that are there. */
  pages: Json[][];
  error: Error | null;
  retry: () => void;
}

/** The rows of a result from `first` up to but not including `end`, from 0. An output never changes: its URL holds the attempt. */
export function useResultRows(
  { url, indexUrl, bytes, rows }: Result,
  { format, compression }: Options,
  first: number,
  end: number,
): ResultRows {
  const output = useMemo(
    () => new OutputRows({ url, bytes, format, compression }),
    [url, bytes, format, compression],
  );
  const index = useQuery({
    queryKey: ["result-index", url],
    queryFn: ({ signal }) => fetchIndex(indexUrl ?? "", signal),
    enabled: indexUrl !== null && rows > pageRows,
    staleTime: Number.POSITIVE_INFINITY,
    retry: 1,
  });
  // Without an index every row can be read, if only from the start.
  const isReady = indexUrl === null || index.isFetched;
  const firstPage = Math.floor(first / pageRows);
  const endPage = Math.max(firstPage + 1, Math.ceil(Math.min(end, rows) / pageRows));
  const pageQuery = (page: number) =>
    ({
      queryKey: ["result-rows", url, page],
      queryFn: async ({ signal }: { signal: AbortSignal }): Promise<Json[]> =>
        (await output.page(page, index.data ?? [], signal)).map(parseJson),
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 60_000,
      // A row is a tree of its own that nothing shares: comparing old with new would only cost.
      structuralSharing: false,
    }) as const;
  const queryClient = useQueryClient();
  const answers = useQueries({
    queries: Array.from({ length: endPage - firstPage }, (_, nth) => {
      const page = firstPage + nth;
      return { ...pageQuery(page), enabled: page * pageRows < rows && (page === 0 || isReady) };
    }),
  });
  return {
    readRow: async (row) => {
      const page = await queryClient.fetchQuery(pageQuery(Math.floor(row / pageRows)));
      return page[row % pageRows] ?? null;
    },
    rowAt: (row) => {
      const page = answers[Math.floor(row / pageRows) - firstPage]?.data;
      return page && (page[row % pageRows] ?? null);
    },
    pages: answers.flatMap(({ data }) => (data ? [data] : [])),
    error: answers.find(({ error }) => error)?.error ?? null,
    retry: () => {
      for (const answer of answers) if (answer.error) void answer.refetch();
    },
  };
}
