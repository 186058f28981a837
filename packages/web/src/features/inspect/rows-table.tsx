import { Text } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import type { SchemaItem } from "@unparquet/core/conversion/engine";
import { useCallback, useLayoutEffect, useRef, useState } from "react";
import { formatCount, formatRows } from "../../format.ts";
import { Options } from "../options/options.ts";
import { inspector } from "./inspector.ts";
import { describeFailure } from "./refusal.ts";
import classes from "./rows-table.module.css";
import type { Summary } from "./worker.ts";

const maxRows = 20;
const maxText = 200;
/** Columns read at a time. */
const block = 50;

/** Here NaN must not look like null. */
const asRead = Options.parse({ nonFinite: "string" });

/** Characters of a value that is not read yet. */
const typicalLength = 20;

/** In pixels, for the longest of its texts, up to what leaves room for other columns. */
const widthFor = (lengths: number[]) => Math.min(320, 24 + Math.max(4, ...lengths) * 8);

/** Of a block of columns, by their names and the cells of their rows. */
const widthsOf = (columns: readonly SchemaItem[], rows: string[][]) =>
  columns
    .slice(0, block)
    .map(({ name }, column) => widthFor([name.length, ...rows.map((row) => row[column]?.length ?? 0)]));

/** The first rows as the file has them, whatever is chosen of them. Of thousands of columns, those in view are read. */
export function RowsTable({ file, summary: { rows: all, columns } }: { file: number; summary: Summary }) {
  const scroller = useRef<HTMLElement>(null);
  // By block and column: what was read once keeps its width, wherever it is scrolled to.
  const [widths, setWidths] = useState<ReadonlyMap<number, number[]>>(new Map());
  const widthOf = useCallback(
    (index: number) =>
      widths.get(Math.floor(index / block))?.[index % block] ??
      widthFor([columns[index]?.name.length ?? 0, typicalLength]),
    [widths, columns],
  );
  const virtualizer = useVirtualizer({
    horizontal: true,
    count: columns.length,
    getScrollElement: () => scroller.current,
    // Sizes are kept by key, so another width is another key.
    getItemKey: useCallback((index: number) => `${index} ${widthOf(index)}`, [widthOf]),
    estimateSize: widthOf,
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
          inspector.table(
            file,
            asRead,
            { firstRow: 0, rows: maxRows, firstColumn: from, columns: block, text: maxText },
            signal,
          ),
        networkMode: "always",
        staleTime: Number.POSITIVE_INFINITY,
        retry: false,
      } as const;
    }),
  });

  useLayoutEffect(() => {
    const read = answers.flatMap(({ data }, index) => {
      const at = firstBlock + index;
      return data && !widths.has(at) ? [[at, widthsOf(columns.slice(at * block), data)] as const] : [];
    });
    if (read.length > 0) setWidths((before) => new Map([...before, ...read]));
  });

  const error = answers.find((answer) => answer.error)?.error;
  const rows = Math.min(maxRows, all);
  const cellAt = (row: number, column: number) =>
    answers[Math.floor(column / block) - firstBlock]?.data?.[row]?.[column % block];
  const before = items[0]?.start ?? 0;
  const behind = virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0);

  if (error) {
    return (
      <Text size="sm" c="dimmed" role="status">
        {describeFailure(error)}
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
