import { Table, Text } from "@mantine/core";
import type { Result } from "@unparquet/core/job/schema";
import { useState } from "react";
import { ColumnSearch, matches } from "../../components/column-search.tsx";
import { formatCount } from "../../components/format.ts";
import { Section } from "../../components/section.tsx";
import classes from "./columns.module.css";

export function Columns({ result: { columns, columnsOmitted } }: { result: Result }) {
  const [wanted, setWanted] = useState("");
  const shown = columns.filter(({ name }) => matches(name, wanted));
  return (
    <Section
      title="Columns"
      aside={<ColumnSearch count={columns.length} value={wanted} onChange={setWanted} />}
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard */}
      <section className={classes.scroll} tabIndex={0} aria-label="Columns and their types">
        <Table verticalSpacing={7} horizontalSpacing={0} stickyHeader>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th>Type</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map(({ name, type }) => (
              <Table.Tr key={name}>
                <Table.Td className={classes.name} dir="auto">
                  {name || <i>(no name)</i>}
                </Table.Td>
                <Table.Td className={classes.type}>{type}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </section>
      {shown.length === 0 && (
        <Text size="sm" c="dimmed" mt="sm">
          {columns.length === 0 ? "The file has no columns." : "No matching columns."}
        </Text>
      )}
      {columnsOmitted > 0 && (
        <Text size="sm" c="dimmed" mt="sm">
          And {formatCount(columnsOmitted)} more, not listed here.
        </Text>
      )}
    </Section>
  );
}
