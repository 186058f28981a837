// biome-ignore-all lint/a11y/useSemanticElements: a table lays out all of its rows, these are only the ones in view
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useId, useMemo, useRef, useState } from "react";
import { Cell } from "./cell.tsx";
import { asksForCopy, copyValue } from "./copy-value.ts";
import { move, type Position } from "./grid-keys.ts";
import type { Json } from "./json.ts";
import classes from "./row-table.module.css";
import {
  cellAt,
  columnId,
  columnName,
  columnWidth,
  type TableColumn,
  tableColumns,
} from "./table-columns.ts";

const rowHeight = 31;
const headHeight = 34;

interface RowTableProps {
  rows: Json[];
  /** Names of the columns, as the file orders them. */
  names: string[];
  /** Of all rows there are, read or not. */
  totalRows: number;
  onOpen: (row: number) => void;
  onCopied: (said: string) => void;
}

/** Rows as a grid that draws only what is in view; arrows move through it, `c` copies, Enter opens the row or splits the column. */
export function RowTable({ rows, names, totalRows, onOpen, onCopied }: RowTableProps) {
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [split, setSplit] = useState<ReadonlySet<string>>(new Set());
  const [active, setActive] = useState<Position>({ row: 1, column: 0 });
  const columns = useMemo(() => tableColumns(rows, names, split), [rows, names, split]);
  const widths = useMemo(() => columns.map((column) => columnWidth(rows, column)), [columns, rows]);

  const vertical = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 6,
    scrollMargin: headHeight,
    scrollPaddingStart: headHeight,
  });
  const horizontal = useVirtualizer({
    horizontal: true,
    count: columns.length,
    getScrollElement: () => scroller.current,
    getItemKey: (index) => `${columnId(columns[index] ?? { path: [] })}${widths[index]}`,
    estimateSize: (index) => widths[index] ?? 0,
    overscan: 2,
  });

  const cellId = ({ row, column }: Position) => `${id}-${row}-${column}`;

  const choose = (position: Position) => {
    setActive(position);
    scroller.current?.focus({ preventScroll: true });
  };

  const goTo = (position: Position) => {
    setActive(position);
    if (position.row === 0) vertical.scrollToOffset(0);
    else vertical.scrollToIndex(position.row - 1);
    horizontal.scrollToIndex(position.column);
  };

  const toggle = (column: TableColumn) => {
    const parent = columnId(column);
    setSplit((before) => {
      const after = new Set(before);
      if (!after.delete(parent)) after.add(parent);
      return after;
    });
  };
  /** A key of a split column leads back to the whole. */
  const join = ({ path }: TableColumn) => toggle({ path: path.slice(0, -1), splittable: true });

  const handleKeyDown = (event: KeyboardEvent) => {
    const column = columns[active.column];
    if (column === undefined) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2);
    const next = move(active, event, { rows: rows.length + 1, columns: columns.length, page });
    if (next) goTo(next);
    else if (asksForCopy(event)) {
      const value = active.row === 0 ? columnName(column) : cellAt(rows[active.row - 1] ?? null, column);
      const place =
        active.row === 0 ? `the name ${columnName(column)}` : `${columnName(column)} of row ${active.row}`;
      void copyValue(value, place).then(onCopied);
    } else if (event.key === "Enter" && active.row > 0) onOpen(active.row);
    else if (event.key === "Enter" && column.splittable) toggle(column);
    else if (event.key === "Enter" && column.path.length > 1) join(column);
    else return;
    event.preventDefault();
  };

  const width = Math.max(horizontal.getTotalSize(), 1);
  return (
    <div
      ref={scroller}
      role="grid"
      aria-label="First rows"
      aria-rowcount={totalRows + 1}
      aria-colcount={columns.length}
      aria-activedescendant={cellId(active)}
      tabIndex={0}
      className={classes.grid}
      onKeyDown={handleKeyDown}
    >
      <div
        role="row"
        tabIndex={-1}
        aria-rowindex={1}
        className={classes.head}
        style={{ width, height: headHeight }}
      >
        {horizontal.getVirtualItems().map(({ index, start, size }) => {
          const column = columns[index];
          if (column === undefined) return null;
          const position = { row: 0, column: index };
          const name = columnName(column);
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the grid handles the keys of its cells
            <div
              key={columnId(column)}
              id={cellId(position)}
              role="columnheader"
              tabIndex={-1}
              aria-colindex={index + 1}
              data-active={active.row === 0 && active.column === index ? true : undefined}
              className={classes.cell}
              style={{ width: size, transform: `translateX(${start}px)` }}
              title={name}
              onClick={() => choose(position)}
            >
              <span className={classes.name}>{name}</span>
              {column.splittable && (
                <button
                  type="button"
                  tabIndex={-1}
                  className={classes.toggle}
                  aria-label={`A column for each key of ${name}`}
                  onClick={() => toggle(column)}
                >
                  ⇥
                </button>
              )}
              {!column.splittable && column.path.length > 1 && (
                <button
                  type="button"
                  tabIndex={-1}
                  className={classes.toggle}
                  aria-label={`${column.path.slice(0, -1).join(".")} as one column`}
                  onClick={() => join(column)}
                >
                  ⇤
                </button>
              )}
            </div>
          );
        })}
      </div>
      <div role="rowgroup" className={classes.body} style={{ width, height: vertical.getTotalSize() }}>
        {vertical.getVirtualItems().map(({ index: rowIndex, start: top }) => (
          <div
            key={rowIndex}
            role="row"
            tabIndex={-1}
            aria-rowindex={rowIndex + 2}
            className={classes.row}
            style={{ width, height: rowHeight, transform: `translateY(${top - headHeight}px)` }}
          >
            {horizontal.getVirtualItems().map(({ index, start, size }) => {
              const column = columns[index];
              if (column === undefined) return null;
              const position = { row: rowIndex + 1, column: index };
              const value = cellAt(rows[rowIndex] ?? null, column);
              return (
                // biome-ignore lint/a11y/useKeyWithClickEvents: the grid handles the keys of its cells
                <div
                  key={columnId(column)}
                  id={cellId(position)}
                  role="gridcell"
                  tabIndex={-1}
                  aria-colindex={index + 1}
                  data-active={active.row === position.row && active.column === index ? true : undefined}
                  data-missing={value === undefined || undefined}
                  className={classes.cell}
                  style={{ width: size, transform: `translateX(${start}px)` }}
                  onClick={() => choose(position)}
                  onDoubleClick={() => onOpen(position.row)}
                >
                  <Cell value={value} />
                </div>
              );
            })}
          </div>
        ))}
      </div>
    </div>
  );
}
