// biome-ignore-all lint/a11y/useSemanticElements: a table lays out all of its rows, these are only the ones in view
import { memo, type ReactNode } from "react";
import { formatCount } from "../format.ts";
import type { GridCell, GridColumn } from "./cell.ts";
import classes from "./grid.module.css";
import { Value } from "./value.tsx";

/** A column as it is drawn. */
export interface DrawnColumn {
  column: GridColumn;
  /** From 0, over all columns. */
  index: number;
  width: number;
  /** Distance from the start of the grid; undefined while the column is pinned. */
  left: number | undefined;
}

export const cellId = (gridId: string, row: number, columnId: string) => `${gridId}-${row}-${columnId}`;

interface RowCellsProps {
  pinnedCount: number;
  frozenWidth: number;
  /** Of the row's number; 0 if it shows none. */
  numberWidth: number;
  numberRole: "columnheader" | "rowheader";
  number: string;
  /** Those of pinned columns first. */
  children: readonly ReactNode[];
}

/** What is in a row, of the head or the body: its number and its pinned cells stay where they are. */
export function RowCells({
  pinnedCount,
  frozenWidth,
  numberWidth,
  numberRole,
  number,
  children,
}: RowCellsProps) {
  return (
    <>
      <div role="presentation" className={classes.frozen} style={{ width: frozenWidth }}>
        {numberWidth > 0 && (
          // biome-ignore lint/a11y/useAriaPropsSupportedByRole: both roles of a header have it
          <div
            role={numberRole}
            tabIndex={-1}
            aria-colindex={1}
            className={classes.number}
            style={{ width: numberWidth }}
          >
            {number}
          </div>
        )}
        {children.slice(0, pinnedCount)}
      </div>
      {children.slice(pinnedCount)}
    </>
  );
}

interface GridRowProps {
  gridId: string;
  /** From 1. */
  row: number;
  top: number;
  height: number;
  drawn: readonly DrawnColumn[];
  /** In the order of `drawn`; undefined while a cell is not read yet. */
  cells: readonly (GridCell | undefined)[];
  pinnedCount: number;
  frozenWidth: number;
  /** Of the row's number; 0 if it shows none. */
  numberWidth: number;
  /** Index of the cell that keys act on, if it is in this row. */
  active: number | undefined;
}

const isSameCell = (a: GridCell | undefined, b: GridCell | undefined) =>
  a === b || (a?.text === b?.text && a?.kind === b?.kind && a?.note === b?.note);

function isSameRow(before: GridRowProps, after: GridRowProps): boolean {
  return Object.entries(after).every(([name, value]) => {
    if (name !== "cells") return before[name as keyof GridRowProps] === value;
    return (
      before.cells.length === after.cells.length &&
      before.cells.every((cell, index) => isSameCell(cell, after.cells[index]))
    );
  });
}

/** One row of a grid. Most of them are the same after a key or a turn of the wheel, and are not rendered again. */
export const GridRow = memo(function GridRow(props: GridRowProps) {
  const { gridId, row, drawn, cells, numberWidth, active } = props;
  /** Until something of it is read, a row is drawn without its cells, which takes much less time. */
  const isRead = cells.some((cell) => cell !== undefined);

  const drawCell = ({ column, index, width, left }: DrawnColumn, nth: number) => {
    const cell = cells[nth];
    return (
      <div
        key={column.id}
        id={cellId(gridId, row, column.id)}
        role="gridcell"
        tabIndex={-1}
        aria-colindex={index + (numberWidth > 0 ? 2 : 1)}
        data-active={active === index || undefined}
        data-missing={cell?.kind === "missing" || undefined}
        data-numeric={column.isNumeric || undefined}
        data-loose={left !== undefined || undefined}
        className={classes.cell}
        style={{ width, ...(left !== undefined && { transform: `translateX(${left}px)` }) }}
      >
        <Value cell={cell} />
      </div>
    );
  };

  return (
    <div
      role="row"
      tabIndex={-1}
      aria-rowindex={row + 1}
      data-reading={!isRead || undefined}
      className={classes.row}
      style={{ height: props.height, transform: `translateY(${props.top}px)` }}
    >
      <RowCells
        pinnedCount={props.pinnedCount}
        frozenWidth={props.frozenWidth}
        numberWidth={numberWidth}
        numberRole="rowheader"
        number={formatCount(row)}
      >
        {isRead ? drawn.map(drawCell) : []}
      </RowCells>
    </div>
  );
}, isSameRow);
