import { infiniteQueryOptions } from "@tanstack/react-query";
import type { Json } from "./json.ts";
import { type Output, type ReadingEnd, RowReader } from "./row-reader.ts";

const firstRows = 50;
const moreRows = 250;
/** Rows of one read on the way to a row far behind: as many as show that it gets on. */
const stride = 5000;

export interface RowsPage {
  rows: Json[];
  reader: RowReader;
  bytesRead: number;
  end: ReadingEnd;
}

/**
 * The first rows of an output, and further ones as they are asked for. An output never changes: its key holds the attempt.
 * @param wanted the row that is to be reached, from 1
 */
export const rowsQuery = (output: Output, wanted: number) =>
  infiniteQueryOptions({
    queryKey: ["rows", output.url],
    queryFn: async ({ pageParam, signal }): Promise<RowsPage> => {
      const reader = pageParam ?? new RowReader(output);
      const missing = Math.min(wanted - reader.rowsRead, stride);
      const rows = await reader.read(pageParam ? Math.max(moreRows, missing) : firstRows, signal);
      return { rows, reader, bytesRead: reader.bytesRead, end: reader.end };
    },
    initialPageParam: null as RowReader | null,
    getNextPageParam: ({ reader, end }) => (end === null ? reader : undefined),
    staleTime: Number.POSITIVE_INFINITY,
    // A row is a tree of its own that nothing shares: comparing old with new would only cost.
    structuralSharing: false,
  });
