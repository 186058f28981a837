import { Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Options } from "@unparquet/core/job/options";
import { formatCount } from "../../format.ts";
import classes from "./file-panel.module.css";
import { inspector } from "./inspector.ts";
import type { Summary } from "./summary.ts";

const most = { rows: 20, columns: 50, text: 200 };

/** Here NaN must not look like null. */
const asRead = Options.parse({ nonFinite: "string" });

/** The first rows as the file has them, whatever is chosen of them. */
export function RowsTable({ file, summary }: { file: number; summary: Summary }) {
  const { data, error } = useQuery({
    queryKey: ["inspect", file, "table"],
    queryFn: () => inspector.table(file, asRead, most),
    networkMode: "always",
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const more = summary.columns.length - most.columns;

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
      <section className={classes.scroll} tabIndex={0} aria-label="First rows">
        <Table verticalSpacing={5} stickyHeader withRowBorders>
          <Table.Thead>
            <Table.Tr>
              {data?.names.map((name) => (
                <Table.Th key={name}>{name}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data?.rows.map((cells, row) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a row's number is what it is known by
              <Table.Tr key={row}>
                {cells.map((cell, column) => (
                  <Table.Td key={data.names[column]} className={classes.cell} title={cell}>
                    {cell === "null" ? <span className={classes.null}>null</span> : cell}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </section>
      <Text size="sm" c="dimmed" pt={8}>
        {data && (summary.rows > data.rows.length ? `The first ${data.rows.length} rows` : "All rows")}
        {data && more > 0 && `, without the last ${formatCount(more)} columns`}
      </Text>
    </>
  );
}
