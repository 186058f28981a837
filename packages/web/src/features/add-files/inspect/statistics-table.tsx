import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Bound } from "@unparquet/core/conversion/engine";
import { type ReactNode, useMemo, useState } from "react";
import { ColumnSearch, matches } from "../../../components/column-search.tsx";
import { formatBytes, formatCount, formatRatio, formatShare } from "../../../components/format.ts";
import { type GridCell, type GridColumn, jsonCell, missingCell } from "../../../components/grid/cell.ts";
import { Grid } from "../../../components/grid/grid.tsx";
import classes from "./file-panel.module.css";
import { inspector } from "./inspector.ts";
import { type OptionPath, optionPath } from "./option-path.ts";
import { describeFailure } from "./refusal.ts";
import { unchanging } from "./unchanging.ts";
import type { Statistics, Summary } from "./worker.ts";

const maxText = 200;

type Line = Record<string, GridCell>;

const text = (text: string): GridCell => ({ kind: "string", text });
const number = (text: string): GridCell => ({ kind: "number", text });
const column = (id: string, name: string, isNumeric = false): GridColumn => ({ id, name, isNumeric });

const unknown = text("–");

function bound(found: Bound | undefined, sign: string): GridCell {
  if (!found) return unknown;
  const json = found.json.length > maxText ? `${found.json.slice(0, maxText)}…` : found.json;
  const cell = jsonCell(json);
  return found.isExact ? cell : { ...cell, text: sign + cell.text };
}

const columnsOf = {
  statistics: [
    column("name", "Column"),
    column("type", "Type"),
    column("nulls", "Nulls", true),
    column("share", "Null share", true),
    column("min", "Minimum"),
    column("max", "Maximum"),
    column("size", "Size", true),
    column("part", "Of the file", true),
    column("ratio", "Compressed to", true),
    column("codecs", "Codecs"),
    column("encodings", "Encodings"),
  ],
  rowGroups: [
    column("number", "Row group", true),
    column("rows", "Rows", true),
    column("size", "Size", true),
    column("uncompressed", "Uncompressed", true),
    column("ratio", "Compressed to", true),
  ],
  keyValues: [column("key", "Key"), column("value", "Value"), column("size", "Size", true)],
};

const compressed = ({
  compressedBytes,
  uncompressedBytes,
}: Pick<Summary, "compressedBytes" | "uncompressedBytes">) =>
  number(formatRatio(compressedBytes, uncompressedBytes));

type ColumnOfStatistics = Statistics["statistics"][number] & OptionPath;

/** The columns with the names that options have for them. */
function namedColumns({ statistics }: Statistics, { columns }: Summary): ColumnOfStatistics[] {
  const byName = new Map(columns.map((column) => [column.name, column]));
  return statistics.map((found) => ({
    ...found,
    ...optionPath(byName.get(found.path[0] ?? ""), found.path),
  }));
}

const statisticsLine =
  ({ rows, compressedBytes }: Summary) =>
  ({
    name,
    type,
    isRepeated,
    nulls,
    min,
    max,
    unreadable,
    codecs,
    encodings,
    ...sizes
  }: ColumnOfStatistics): Line => {
    const hasShare = nulls !== undefined && rows > 0 && !isRepeated;
    return {
      name: text(name),
      type: type === undefined ? unknown : text(type),
      nulls: nulls === undefined ? unknown : number(formatCount(nulls)),
      share: hasShare ? number(formatShare(nulls / rows)) : unknown,
      min: unreadable ? text(`Cannot be converted: ${unreadable.message}`) : bound(min, "≥ "),
      max: unreadable ? unknown : bound(max, "≤ "),
      size: number(formatBytes(sizes.compressedBytes)),
      part: compressedBytes > 0 ? number(formatShare(sizes.compressedBytes / compressedBytes)) : unknown,
      ratio: compressed(sizes),
      codecs: text(codecs.join(", ")),
      encodings: text(encodings.join(", ")),
    };
  };

const rowGroupLine = (group: Summary["rowGroups"][number], index: number): Line => ({
  number: number(formatCount(index + 1)),
  rows: number(formatCount(group.rows)),
  size: number(formatBytes(group.compressedBytes)),
  uncompressed: number(formatBytes(group.uncompressedBytes)),
  ratio: compressed(group),
});

const keyValueLine = ({ key, value, bytes }: Statistics["keyValues"][number]): Line => ({
  key: text(key),
  value: text(value),
  size: number(formatBytes(bytes)),
});

/** What the footer says of each column's values, of the row groups, and whatever its writer added. */
export function StatisticsTable({ file, summary }: { file: number; summary: Summary }) {
  const [wanted, setWanted] = useState("");
  const { data, error } = useQuery({
    queryKey: ["inspect", file, "statistics"],
    queryFn: ({ signal }) => inspector.statistics(file, signal),
    ...unchanging,
  });
  const all = useMemo(() => (data ? namedColumns(data, summary) : []), [data, summary]);
  const found = useMemo(() => all.filter(({ name }) => matches(name, wanted)), [all, wanted]);
  const toLine = useMemo(() => statisticsLine(summary), [summary]);

  if (error) {
    return (
      <Text size="sm" c="dimmed" role="status">
        {describeFailure(error)}
      </Text>
    );
  }
  if (!data) return null;
  const omitted = (count: number) => count > 0 && ` ${formatCount(count)} more are not shown.`;
  return (
    <>
      <Lines
        label="Statistics of the columns"
        columns={columnsOf.statistics}
        items={found}
        toLine={toLine}
        toolbar={<ColumnSearch count={all.length} value={wanted} onChange={setWanted} />}
      />
      <Text size="sm" c="dimmed">
        {found.length > 0
          ? "From the file's footer. A dash: the footer has no reliable value. Within lists, nulls include empty lists."
          : all.length > 0
            ? "No matching columns."
            : "The file has no columns."}
        {omitted(data.statisticsOmitted)}
      </Text>
      {summary.rowGroups.length > 0 && (
        <details className={classes.more}>
          <summary>Row groups</summary>
          <Lines
            label="Row groups"
            columns={columnsOf.rowGroups}
            items={summary.rowGroups}
            toLine={rowGroupLine}
          />
          <Text size="sm" c="dimmed">
            {omitted(summary.rowGroupsOmitted)}
          </Text>
        </details>
      )}
      {data.keyValues.length > 0 && (
        <details className={classes.more}>
          <summary>Key-value metadata</summary>
          <Lines
            label="Key-value metadata"
            columns={columnsOf.keyValues}
            items={data.keyValues}
            toLine={keyValueLine}
          />
          <Text size="sm" c="dimmed">
            {omitted(data.keyValuesOmitted)}
          </Text>
        </details>
      )}
    </>
  );
}

interface LinesProps<Item> {
  label: string;
  columns: GridColumn[];
  items: readonly Item[];
  toLine: (item: Item, index: number) => Line;
  toolbar?: ReactNode;
}

/** A grid of small things, of which only those in view are put into words. */
function Lines<Item>({ label, columns, items, toLine, toolbar }: LinesProps<Item>) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: other items have other lines
  const lines = useMemo(() => new Map<number, Line>(), [items, toLine]);
  const lineAt = (row: number) => {
    const item = items[row];
    const line = lines.get(row) ?? (item && toLine(item, row));
    if (line) lines.set(row, line);
    return line;
  };
  return (
    <Grid
      label={label}
      columns={columns}
      rows={items.length}
      isNumbered={false}
      toolbar={toolbar}
      cellAt={(row, { id }) => lineAt(row)?.[id] ?? missingCell}
      copyOf={(row, { id }) => lineAt(row)?.[id]?.text}
    />
  );
}
