import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Bound } from "@unparquet/core/conversion/engine";
import { type ReactNode, useMemo, useState } from "react";
import { ColumnSearch, matches } from "../../../components/column-search.tsx";
import { formatBytes, formatCount, formatRatio, formatShare } from "../../../components/format.ts";
import { type GridCell, jsonCell, missingCell } from "../../../components/grid/cell.ts";
import { Grid, type GridColumn } from "../../../components/grid/grid.tsx";
import classes from "./file-panel.module.css";
import { inspector } from "./inspector.ts";
import { optionPath } from "./option-path.ts";
import { describeFailure } from "./refusal.ts";
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

const compressed = ({ compressedBytes, uncompressedBytes }: Summary["rowGroups"][number]) =>
  number(formatRatio(compressedBytes, uncompressedBytes));

function statisticsLines({ statistics }: Statistics, { rows, columns, compressedBytes }: Summary): Line[] {
  return statistics.map(({ path, nulls, min, max, unreadable, codecs, encodings, ...sizes }): Line => {
    const { name, type, isRepeated } = optionPath(columns, path);
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
      ratio: compressed({ rows, ...sizes }),
      codecs: text(codecs.join(", ")),
      encodings: text(encodings.join(", ")),
    };
  });
}

const rowGroupLines = ({ rowGroups }: Summary): Line[] =>
  rowGroups.map(
    (group, index): Line => ({
      number: number(formatCount(index + 1)),
      rows: number(formatCount(group.rows)),
      size: number(formatBytes(group.compressedBytes)),
      uncompressed: number(formatBytes(group.uncompressedBytes)),
      ratio: compressed(group),
    }),
  );

const keyValueLines = ({ keyValues }: Statistics): Line[] =>
  keyValues.map(
    ({ key, value, bytes }): Line => ({
      key: text(key),
      value: text(value),
      size: number(formatBytes(bytes)),
    }),
  );

/** What the footer says of each column's values, of the row groups, and whatever its writer added. */
export function StatisticsTable({ file, summary }: { file: number; summary: Summary }) {
  const [wanted, setWanted] = useState("");
  const { data, error } = useQuery({
    queryKey: ["inspect", file, "statistics"],
    queryFn: ({ signal }) => inspector.statistics(file, signal),
    networkMode: "always",
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const all = useMemo(() => (data ? statisticsLines(data, summary) : []), [data, summary]);
  const lines = useMemo(() => all.filter(({ name }) => matches(name?.text ?? "", wanted)), [all, wanted]);

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
        lines={lines}
        toolbar={<ColumnSearch count={all.length} value={wanted} onChange={setWanted} />}
      />
      <Text size="sm" c="dimmed">
        {lines.length > 0
          ? "From the file's footer. A dash: the footer has no reliable value. Within lists, nulls include empty lists."
          : all.length > 0
            ? "No matching columns."
            : "The file has no columns."}
        {omitted(data.statisticsOmitted)}
      </Text>
      {summary.rowGroups.length > 0 && (
        <details className={classes.more}>
          <summary>Row groups</summary>
          <Lines label="Row groups" columns={columnsOf.rowGroups} lines={rowGroupLines(summary)} />
          <Text size="sm" c="dimmed">
            {omitted(summary.rowGroupsOmitted)}
          </Text>
        </details>
      )}
      {data.keyValues.length > 0 && (
        <details className={classes.more}>
          <summary>Key-value metadata</summary>
          <Lines label="Key-value metadata" columns={columnsOf.keyValues} lines={keyValueLines(data)} />
          <Text size="sm" c="dimmed">
            {omitted(data.keyValuesOmitted)}
          </Text>
        </details>
      )}
    </>
  );
}

interface LinesProps {
  label: string;
  columns: GridColumn[];
  lines: Line[];
  toolbar?: ReactNode;
}

function Lines({ label, columns, lines, toolbar }: LinesProps) {
  return (
    <Grid
      label={label}
      columns={columns}
      rows={lines.length}
      isNumbered={false}
      toolbar={toolbar}
      cellAt={(row, { id }) => lines[row]?.[id] ?? missingCell}
      copyOf={(row, { id }) => lines[row]?.[id]?.text}
    />
  );
}
