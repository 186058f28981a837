import { infiniteQueryOptions } from "@tanstack/react-query";
import type { Json } from "./json.ts";
import { type Output, type ReadingEnd, RowReader } from "./row-reader.ts";

const firstRows = 50;
const moreRows = 250;

export interface RowsPage {
  rows: Json[];
  reader: RowReader;
  bytesRead: number;
  end: ReadingEnd;
}

/** The first rows of an output, and further ones as they are asked for. An output never changes: its key holds the attempt. */
export const rowsQuery = (output: Output) =>
  infiniteQueryOptions({
    queryKey: ["rows", output.url],
    queryFn: async ({ pageParam, signal }): Promise<RowsPage> => {
      const reader = pageParam ?? new RowReader(output);
      const rows = await reader.read(pageParam ? moreRows : firstRows, signal);
      return { rows, reader, bytesRead: reader.bytesRead, end: reader.end };
    },
    initialPageParam: null as RowReader | null,
    getNextPageParam: ({ reader, end }) => (end === null ? reader : undefined),
    staleTime: Number.POSITIVE_INFINITY,
    // A row is a tree of its own that nothing shares: comparing old with new would only cost.
    structuralSharing: false,
  });
