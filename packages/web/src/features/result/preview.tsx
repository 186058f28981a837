import "./mantine.css";
import { Button, Kbd, SegmentedControl, Skeleton, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { Options } from "@unparquet/core/conversion/options";
import type { Result } from "@unparquet/core/job/schema";
import { useEffect, useMemo, useState } from "react";
import { formatBytes, formatCount } from "../../format.ts";
import { Section } from "../job/section.tsx";
import { OneRow } from "./one-row.tsx";
import classes from "./preview.module.css";
import { RowTable } from "./row-table.tsx";
import { rowsQuery } from "./rows-query.ts";
import type { ResultView } from "./view.ts";

interface PreviewProps extends ResultView {
  result: Result;
  options: Options;
  onViewChange: (view: ResultView) => void;
}

/** What is read without being asked for, to show the row of a link. */
const unasked = { rows: 1000, bytes: 2 * 1024 * 1024 };

/** The first rows of a result, read from its public address a range at a time. */
export function Preview({
  result,
  options: { format, compression },
  view,
  row = 1,
  onViewChange,
}: PreviewProps) {
  const [said, setSaid] = useState("");
  /** The last row that was asked for. */
  const [wanted, setWanted] = useState(0);
  const { data, error, isPending, isFetchingNextPage, hasNextPage, fetchNextPage, refetch } =
    useInfiniteQuery(rowsQuery({ url: result.url, bytes: result.bytes, format, compression }, wanted));
  const rows = useMemo(() => data?.pages.flatMap((page) => page.rows) ?? [], [data]);
  const names = useMemo(() => result.columns.map(({ name }) => name), [result.columns]);
  const last = data?.pages.at(-1);
  const isReading =
    view === "tree" &&
    row > rows.length &&
    row <= result.rows &&
    hasNextPage &&
    !error &&
    (row <= wanted || (row <= unasked.rows && (last?.bytesRead ?? 0) < unasked.bytes));
  useEffect(() => {
    if (isReading && !isFetchingNextPage) void fetchNextPage();
  }, [isReading, isFetchingNextPage, fetchNextPage]);

  const choice = (
    <SegmentedControl
      size="xs"
      aria-label="How to show the rows"
      data={[
        { value: "table", label: "Table" },
        { value: "tree", label: "Tree" },
      ]}
      value={view ?? "table"}
      onChange={(chosen) => onViewChange(chosen === "tree" ? { view: "tree", row } : {})}
    />
  );

  return (
    <Section title="The JSON" aside={choice}>
      {isPending && <Skeleton height={370} radius="sm" role="status" aria-label="Reading the first rows" />}
      {error && (
        <div role="alert" className={classes.error}>
          <p>{error.message}</p>
          <Button size="xs" variant="default" onClick={() => (rows.length > 0 ? fetchNextPage() : refetch())}>
            Read again
          </Button>
        </div>
      )}
      {data && rows.length === 0 && last?.end === "all" && <Text c="dimmed">There are no rows.</Text>}
      {rows.length > 0 && view !== "tree" && (
        <RowTable
          rows={rows}
          names={names}
          totalRows={result.rows}
          onOpen={(chosen) => onViewChange({ view: "tree", row: chosen })}
          onCopied={setSaid}
        />
      )}
      {rows.length > 0 && view === "tree" && (
        <OneRow
          number={row}
          row={rows[row - 1]}
          absence={isReading ? "reading" : hasNextPage ? "not_loaded" : "unreadable"}
          loadedRows={rows.length}
          totalRows={result.rows}
          onShow={(number) => onViewChange({ view, row: number })}
          onLoad={() => setWanted(row)}
          onCopied={setSaid}
        />
      )}
      {last && rows.length > 0 && (
        <div className={classes.foot}>
          <Text size="sm" c="dimmed">
            {rows.length === result.rows
              ? `All ${formatCount(rows.length)} rows`
              : `The first ${formatCount(rows.length)} of ${formatCount(result.rows)} rows`}
            {` · ${formatBytes(last.bytesRead)} of ${formatBytes(result.bytes)} read`}
          </Text>
          {hasNextPage && rows.length < result.rows && (
            <Button size="xs" variant="default" loading={isFetchingNextPage} onClick={() => fetchNextPage()}>
              Show more rows
            </Button>
          )}
        </div>
      )}
      {last?.end === "row_too_long" && (
        <Text size="sm" c="dimmed" mt="xs">
          The next row is too long to be shown here. Download the result to see it.
        </Text>
      )}
      {rows.length > 0 && (
        <Text size="sm" c="dimmed" className={classes.hint}>
          {said || (
            <>
              <Kbd size="xs">←↑↓→</Kbd> to move, <Kbd size="xs">C</Kbd> to copy,{" "}
              {view === "tree" ? (
                <>
                  <Kbd size="xs">Space</Kbd> to fold
                </>
              ) : (
                <>
                  <Kbd size="xs">Enter</Kbd> to open the row
                </>
              )}
            </>
          )}
        </Text>
      )}
    </Section>
  );
}
