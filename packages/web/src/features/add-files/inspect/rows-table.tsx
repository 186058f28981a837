import { Text } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { type GridColumn, isNumericType, jsonCell } from "../../../components/grid/cell.ts";
import { Grid } from "../../../components/grid/grid.tsx";
import { Options } from "../../options/options.ts";
import { inspector } from "./inspector.ts";
import { describeFailure } from "./refusal.ts";
import { unchanging } from "./unchanging.ts";
import type { Summary } from "./worker.ts";

const maxText = 200;
/** Rows and columns read at a time. */
const pageRows = 100;
const block = 50;

/** Here NaN must not look like null. */
const asRead = Options.parse({ nonFinite: "string" });

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

interface View {
  firstPage: number;
  lastPage: number;
  blocks: number[];
}

/** All rows as the file has them, whatever is chosen of them. What is in view is read. */
export function RowsTable({ file, summary: { rows, columns: items } }: { file: number; summary: Summary }) {
  const [view, setView] = useState<View>({ firstPage: 0, lastPage: 0, blocks: [0] });
  const columns = useMemo(
    () =>
      items.map(
        ({ path, type }, index): GridColumn => ({
          id: `c${index}`,
          name: path,
          type,
          isNumeric: isNumericType(type),
        }),
      ),
    [items],
  );
  const wanted = range(view.firstPage, view.lastPage).flatMap((page) =>
    view.blocks.map((at) => ({ page, at })),
  );
  const answers = useQueries({
    queries: wanted.map(
      ({ page, at }) =>
        ({
          queryKey: ["inspect", file, "table", page, at],
          queryFn: ({ signal }: { signal: AbortSignal }) =>
            inspector.table(
              file,
              asRead,
              {
                firstRow: page * pageRows,
                rows: pageRows,
                firstColumn: at * block,
                columns: block,
                text: maxText,
              },
              signal,
            ),
          ...unchanging,
          gcTime: 30_000,
          structuralSharing: false,
        }) as const,
    ),
  });
  const read = new Map(wanted.map(({ page, at }, index) => [`${page} ${at}`, answers[index]?.data]));
  const error = answers.find((answer) => answer.error)?.error;
  const indexOf = ({ id }: GridColumn) => Number(id.slice(1));

  return (
    <>
      {error && (
        <Text size="sm" c="dimmed" role="status" pb={8}>
          {describeFailure(error)}
        </Text>
      )}
      <Grid
        label="Rows of the file"
        columns={columns}
        rows={rows}
        cellAt={(row, column) => {
          const index = indexOf(column);
          const page = read.get(`${Math.floor(row / pageRows)} ${Math.floor(index / block)}`);
          const json = page?.[row % pageRows]?.[index % block];
          return json === undefined ? undefined : jsonCell(json);
        }}
        copyOf={async (row, column) => {
          const whole = {
            firstRow: row,
            rows: 1,
            firstColumn: indexOf(column),
            columns: 1,
            text: 10_000_000,
          };
          const [[json] = []] = await inspector.table(file, asRead, whole, new AbortController().signal);
          return json?.startsWith('"') ? String(JSON.parse(json)) : json;
        }}
        onView={({ firstRow, endRow, columns: drawn }) =>
          setView({
            firstPage: Math.floor(firstRow / pageRows),
            lastPage: Math.floor(Math.max(firstRow, endRow - 1) / pageRows),
            blocks: [...new Set(drawn.map((column) => Math.floor(indexOf(column) / block)))],
          })
        }
      />
    </>
  );
}
