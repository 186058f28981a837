import { Table, Text, VisuallyHidden } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import type { Bound } from "@unparquet/core/conversion/engine";
import { useMemo, useRef, useState } from "react";
import { ColumnSearch, matches } from "../../components/column-search.tsx";
import { formatCount } from "../../format.ts";
import classes from "./file-panel.module.css";
import { inspector } from "./inspector.ts";
import { describeFailure } from "./refusal.ts";

const maxText = 80;

/** What the footer says of each column's values. Of thousands of columns, those in view are in the document. */
export function StatisticsTable({ file }: { file: number }) {
  const scroller = useRef<HTMLElement>(null);
  const [wanted, setWanted] = useState("");
  const { data, error } = useQuery({
    queryKey: ["inspect", file, "statistics"],
    queryFn: ({ signal }) => inspector.statistics(file, signal),
    networkMode: "always",
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const columns = useMemo(
    () =>
      (data?.statistics ?? [])
        .map(({ path, ...statistics }) => ({ name: path.join("."), ...statistics }))
        .filter(({ name }) => matches(name, wanted)),
    [data, wanted],
  );
  const virtualizer = useVirtualizer({
    count: columns.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 32,
    overscan: 6,
    // The head, which stays.
    scrollMargin: 32,
  });
  const items = virtualizer.getVirtualItems();
  const above = (items[0]?.start ?? 0) - virtualizer.options.scrollMargin;
  const below = virtualizer.getTotalSize() - ((items.at(-1)?.end ?? 0) - virtualizer.options.scrollMargin);

  if (error) {
    return (
      <Text size="sm" c="dimmed" role="status">
        {describeFailure(error)}
      </Text>
    );
  }
  return (
    <>
      {data && data.statistics.length > 0 && (
        <div className={classes.search}>
          <ColumnSearch count={data.statistics.length} value={wanted} onChange={setWanted} />
        </div>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard */}
      <section ref={scroller} className={classes.scroll} tabIndex={0} aria-label="Statistics of the columns">
        <Table
          verticalSpacing={5}
          stickyHeader
          layout="fixed"
          className={classes.statistics}
          aria-rowcount={columns.length + 1}
        >
          <Table.Thead>
            <Table.Tr aria-rowindex={1}>
              <Table.Th>Column</Table.Th>
              <Table.Th ta="right" className={classes.nulls}>
                Nulls
              </Table.Th>
              <Table.Th>Minimum</Table.Th>
              <Table.Th>Maximum</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            <Space height={above} />
            {items.map(({ index, key }) => {
              const column = columns[index];
              if (!column) return null;
              const { name, nulls, min, max, unreadable } = column;
              return (
                <Table.Tr
                  key={key}
                  ref={virtualizer.measureElement}
                  data-index={index}
                  aria-rowindex={index + 2}
                >
                  <Table.Td className={classes.path}>{name}</Table.Td>
                  <Table.Td ta="right">{nulls === undefined ? <Unknown /> : formatCount(nulls)}</Table.Td>
                  {unreadable ? (
                    <Table.Td colSpan={2}>Cannot be converted: {unreadable.message}</Table.Td>
                  ) : (
                    <>
                      <Value bound={min} sign="≥ " />
                      <Value bound={max} sign="≤ " />
                    </>
                  )}
                </Table.Tr>
              );
            })}
            <Space height={below} />
          </Table.Tbody>
        </Table>
      </section>
      <Text size="sm" c="dimmed" pt={8}>
        {data && columns.length === 0
          ? wanted === ""
            ? "The file has no columns."
            : "No matching columns."
          : "From the file's footer. A dash: the footer has no reliable value."}
        {data && data.statisticsOmitted > 0 && ` ${formatCount(data.statisticsOmitted)} more are not shown.`}
      </Text>
    </>
  );
}

/** The rows that are not in the document. */
function Space({ height }: { height: number }) {
  return height > 0 && <tr aria-hidden style={{ height }} />;
}

function Value({ bound, sign }: { bound: Bound | undefined; sign: string }) {
  if (!bound) {
    return (
      <Table.Td>
        <Unknown />
      </Table.Td>
    );
  }
  const { json, isExact } = bound;
  const text = json.length > maxText ? `${json.slice(0, maxText)}…` : json;
  return (
    <Table.Td className={classes.cell} title={text}>
      {isExact ? text : sign + text}
    </Table.Td>
  );
}

function Unknown() {
  return (
    <span className={classes.null}>
      <span aria-hidden>–</span>
      <VisuallyHidden>not known</VisuallyHidden>
    </span>
  );
}
