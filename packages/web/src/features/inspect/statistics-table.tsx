import { Table, Text } from "@mantine/core";
import { formatCount } from "../../format.ts";
import classes from "./file-panel.module.css";
import type { Bound, ColumnStatistics } from "./parquet/statistics.ts";

const most = 200;
const mostText = 80;

/** What the footer says of each column's values. */
export function StatisticsTable({ statistics }: { statistics: ColumnStatistics[] }) {
  const more = statistics.length - most;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard */}
      <section className={classes.scroll} tabIndex={0} aria-label="Statistics of the columns">
        <Table verticalSpacing={5} stickyHeader>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Column</Table.Th>
              <Table.Th ta="right">Nulls</Table.Th>
              <Table.Th>Minimum</Table.Th>
              <Table.Th>Maximum</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {statistics.slice(0, most).map(({ path, nulls, min, max }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: two columns may have one name
              <Table.Tr key={index}>
                <Table.Td className={classes.path}>{path.join(".")}</Table.Td>
                <Table.Td ta="right">{nulls === undefined ? <Unknown /> : formatCount(nulls)}</Table.Td>
                <Table.Td className={classes.cell}>{min ? show(min, "≥ ") : <Unknown />}</Table.Td>
                <Table.Td className={classes.cell}>{max ? show(max, "≤ ") : <Unknown />}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </section>
      <Text size="sm" c="dimmed" pt={8}>
        As the file's footer has them{more > 0 && `; of the first ${most} columns`}. A dash: it does not say,
        or not in a way to be relied on.
      </Text>
    </>
  );
}

function show({ json, isExact }: Bound, sign: string): string {
  const text = json.length > mostText ? `${json.slice(0, mostText)}…` : json;
  return isExact ? text : sign + text;
}

function Unknown() {
  return (
    <span className={classes.null}>
      <span aria-hidden>–</span>
    </span>
  );
}
