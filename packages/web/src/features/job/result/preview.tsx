import "./mantine.css";
import { Button, Kbd, SegmentedControl, Text } from "@mantine/core";
import type { Options } from "@unparquet/core/conversion/options";
import type { Result } from "@unparquet/core/job/schema";
import { useLayoutEffect, useMemo, useRef, useState } from "react";
import { formatBytes, formatRows } from "../../../components/format.ts";
import { type GridColumn, isNumericType } from "../../../components/grid/cell.ts";
import { Grid, type GridPlace } from "../../../components/grid/grid.tsx";
import { Section } from "../../../components/section.tsx";
import { type Json, toClipboard } from "./json.ts";
import { cellOf } from "./json-cell.ts";
import { OneRow } from "./one-row.tsx";
import classes from "./preview.module.css";
import { useResultRows } from "./result-rows.ts";
import {
  addKeys,
  cellAt,
  columnId,
  columnName,
  type KeyTree,
  type TableColumn,
  tableColumns,
} from "./table-columns.ts";
import type { ResultView } from "./view.ts";

interface PreviewProps extends ResultView {
  result: Result;
  options: Options;
  onViewChange: (view: ResultView) => void;
}

/** Rows that a window shows at most, before it is known how many it does. */
const firstView = 30;

/** The rows of a result, read from its public address a range at a time as they come into view. */
export function Preview({ result, options, view, row = 1, onViewChange }: PreviewProps) {
  const { rows } = result;
  const isTree = view === "tree";
  const [inView, setInView] = useState({ first: Math.max(0, row - firstView), end: row + firstView });
  const place = useRef<GridPlace>({ row });
  /** Whether the table and the tree take the focus from the other, which is gone with its keys. */
  const takesFocus = useRef({ table: false, tree: false });
  const { rowAt, readRow, pages, error, retry } = useResultRows(
    result,
    options,
    isTree ? row - 1 : inView.first,
    isTree ? row : inView.end,
  );
  const grid = useResultColumns(result, pages);

  const open = (opened: number) => {
    takesFocus.current = { table: true, tree: true };
    onViewChange({ view: "tree", row: opened });
  };
  const choose = (chosen: string) => {
    takesFocus.current = { table: false, tree: false };
    if (chosen === "tree") onViewChange({ view: "tree", row: Math.max(1, place.current.row) });
    else onViewChange(row > 1 ? { row } : {});
  };
  if (isTree && place.current.row !== row) place.current = { ...place.current, row };

  const choice = rows > 0 && (
    <SegmentedControl
      size="xs"
      aria-label="How to show the rows"
      data={[
        { value: "table", label: "Table" },
        { value: "tree", label: "Tree" },
      ]}
      value={view ?? "table"}
      onChange={choose}
    />
  );

  return (
    <Section title="Rows" aside={choice}>
      {rows === 0 && <Text c="dimmed">{explainEmpty(result, options)}</Text>}
      {error && (
        <div role="alert" className={classes.error}>
          <p>{error.message}</p>
          <Button size="xs" variant="default" onClick={retry}>
            Read again
          </Button>
        </div>
      )}
      {rows > 0 && !isTree && (
        <Grid
          label="Rows of the result"
          columns={grid.columns}
          rows={rows}
          cellAt={(index, { id }) => {
            const value = rowAt(index);
            if (value === undefined) return undefined;
            if (value === null) return { kind: "null", text: "too long to be shown here" };
            return cellOf(cellAt(value, grid.pathOf(id)));
          }}
          copyOf={async (index, { id }) => {
            const value = cellAt(await readRow(index), grid.pathOf(id));
            return value === undefined ? undefined : toClipboard(value);
          }}
          onView={({ firstRow, endRow }) => setInView({ first: firstRow, end: endRow })}
          onOpen={open}
          onPlace={(chosen) => {
            place.current = chosen;
          }}
          start={place.current}
          hasFocus={takesFocus.current.table}
        />
      )}
      {rows > 0 && isTree && (
        <OneRow
          number={row}
          row={rowAt(row - 1) ?? undefined}
          isReading={rowAt(row - 1) === undefined && !error}
          rows={rows}
          hasFocus={takesFocus.current.tree}
          onShow={(number) => {
            takesFocus.current.tree = false;
            onViewChange({ view: "tree", row: number });
          }}
        />
      )}
      {rows > 0 && (
        <Text size="sm" c="dimmed" className={classes.foot}>
          <span>
            {formatRows(rows)} · {formatBytes(result.bytes)}
          </span>
          <span className={classes.keys}>
            <Kbd size="xs">←↑↓→</Kbd> to move, <Kbd size="xs">C</Kbd> to copy
            {isTree ? (
              <>
                , <Kbd size="xs">Space</Kbd> to fold
              </>
            ) : (
              <>
                , <Kbd size="xs">Enter</Kbd> to open the row, <Kbd size="xs">P</Kbd> to pin the column,{" "}
                <Kbd size="xs">Shift ←→</Kbd> to resize it
              </>
            )}
          </span>
        </Text>
      )}
    </Section>
  );
}

function explainEmpty({ bytes }: Result, { format, compression }: Options): string {
  if (bytes === 0 || (format === "ndjson" && compression !== "none")) {
    return "No rows: the output is an empty file.";
  }
  return "No rows: the output is an empty array.";
}

/** The columns of a result: those it says it has, what else is in the rows read so far, and the keys of those split. */
function useResultColumns({ columns }: Result, pages: Json[][]) {
  const [split, setSplit] = useState<ReadonlySet<string>>(new Set());
  const [keys] = useState<KeyTree>(() => new Map(columns.map(({ name }) => [name, undefined])));
  const [version, setVersion] = useState(0);
  const seen = useRef(new WeakSet<object>());
  useLayoutEffect(() => {
    let isNew = false;
    for (const page of pages) {
      if (seen.current.has(page)) continue;
      seen.current.add(page);
      for (const row of page) if (addKeys(keys, row)) isNew = true;
    }
    if (isNew) setVersion((before) => before + 1);
  });

  return useMemo(() => {
    void version;
    const types = new Map(columns.map(({ name, type }) => [name, type]));
    const toggle = (path: string[]) =>
      setSplit((before) => {
        const after = new Set(before);
        const id = columnId({ path });
        if (!after.delete(id)) after.add(id);
        return after;
      });
    const paths = new Map<string, TableColumn>();
    const shown = tableColumns(keys, split).map((column): GridColumn => {
      const id = columnId(column);
      const name = columnName(column);
      const parent = column.path.slice(0, -1);
      const type = parent.length === 0 ? types.get(name) : undefined;
      paths.set(id, column);
      return {
        id,
        name,
        type,
        isNumeric: isNumericType(type),
        action: column.splittable
          ? { label: `A column for each key of ${name}`, icon: "⇥", act: () => toggle(column.path) }
          : parent.length > 0
            ? { label: `${parent.join(".")} as one column`, icon: "⇤", act: () => toggle(parent) }
            : undefined,
      };
    });
    return { columns: shown, pathOf: (id: string) => paths.get(id) ?? { path: [] } };
  }, [columns, keys, split, version]);
}
