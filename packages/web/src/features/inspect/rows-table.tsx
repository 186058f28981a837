import { Text } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { Options } from "@unparquet/core/job/options";
import { useRef } from "react";
import { formatCount, formatRows } from "../../format.ts";
import { inspector } from "./inspector.ts";
import classes from "./rows-table.module.css";
import type { SchemaItem, Summary } from "./summary.ts";

const mostRows = 20;
const mostText = 200;
/** Columns read at a time. */
const block = 50;

/** Here NaN must not look like null. */
const asRead = Options.parse({ nonFinite: "string" });

/** Characters that values of a type mostly have. */
const typicalLengths: [start: string, length: number][] = [
  ["timestamp", 29],
  ["date", 12],
  ["time", 17],
  ["bool", 6],
  ["int", 12],
  ["uint", 12],
  ["decimal", 14],
  ["float", 20],
  ["double", 20],
  ["uuid", 38],
  ["string", 22],
];

/** In pixels: by name and type, as columns that grow when they are read would move away under the pointer. */
function widthOf({ name, type, parts }: SchemaItem): number {
  const [, typical] = typicalLengths.find(([start]) => type.startsWith(start)) ?? ["", 24];
  const length = Math.max(name.length, parts.length > 0 || type.includes("<") ? 36 : typical);
  return Math.min(320, 24 + length * 8);
}

/** The first rows as the file has them, whatever is chosen of them. Of thousands of columns, those in view are read. */
export function RowsTable({ file, summary: { rows: all, columns } }: { file: number; summary: Summary }) {
  const scroller = useRef<HTMLElement>(null);
  const virtualizer = useVirtualizer({
    horizontal: true,
    count: columns.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => {
      const column = columns[index];
      return column ? widthOf(column) : 0;
    },
    overscan: 2,
  });
  const items = virtualizer.getVirtualItems();
  const firstBlock = Math.floor((items[0]?.index ?? 0) / block);
  const lastBlock = Math.floor((items.at(-1)?.index ?? 0) / block);
  const answers = useQueries({
    queries: Array.from({ length: lastBlock - firstBlock + 1 }, (_, index) => {
      const from = (firstBlock + index) * block;
      return {
        queryKey: ["inspect", file, "table", from],
        queryFn: ({ signal }: { signal: AbortSignal }) =>
          inspector.table(file, asRead, { from, columns: block, rows: mostRows, text: mostText }, signal),
        networkMode: "always",
        staleTime: Number.POSITIVE_INFINITY,
        retry: false,
      } as const;
    }),
  });
  const error = answers.find((answer) => answer.error)?.error;
  const rows = Math.min(mostRows, all);
  const cellAt = (row: number, column: number) =>
    answers[Math.floor(column / block) - firstBlock]?.data?.[row]?.[column % block];
  const before = items[0]?.start ?? 0;
  const behind = virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0);

  if (error) {
    return (
      <Text size="sm" c="dimmed" role="status">
        The rows cannot be shown: {error.message} The converter may still read them.
      </Text>
    );
  }
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard */}
      <section ref={scroller} className={classes.scroll} tabIndex={0} aria-label="First rows">
        <table
          className={classes.table}
          style={{ width: virtualizer.getTotalSize() }}
          aria-colcount={columns.length}
        >
          <thead>
            <tr>
              <Space width={before} />
              {items.map(({ index, size }) => (
                <th key={index} scope="col" aria-colindex={index + 1} style={{ width: size }}>
                  {columns[index]?.name}
                </th>
              ))}
              <Space width={behind} />
            </tr>
          </thead>
          <tbody>
            {Array.from({ length: rows }, (_, row) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a row's number is what it is known by
              <tr key={row}>
                <Space width={before} />
                {items.map(({ index }) => {
                  const cell = cellAt(row, index);
                  return (
                    <td key={index} aria-colindex={index + 1} title={cell}>
                      {cell === "null" ? <span className={classes.null}>null</span> : cell}
                    </td>
                  );
                })}
                <Space width={behind} />
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <Text size="sm" c="dimmed" pt={8}>
        {all > rows ? `The first ${formatCount(rows)} of ${formatRows(all)}` : "All rows"}
      </Text>
    </>
  );
}

/** The columns that are not in the document. */
function Space({ width }: { width: number }) {
  return width > 0 && <td aria-hidden className={classes.space} style={{ width }} />;
}
