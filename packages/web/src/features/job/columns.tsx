import { Table, Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import type { Result } from "@unparquet/core/job/schema";
import { useState } from "react";
import { formatCount } from "../../format.ts";
import classes from "./columns.module.css";
import { Section } from "./section.tsx";

/** More than one can take in at a glance. */
const many = 12;

export function Columns({ result: { columns, columnsOmitted } }: { result: Result }) {
  const [wanted, setWanted] = useState("");
  const shown = columns.filter(({ name }) => name.toLowerCase().includes(wanted.toLowerCase()));
  const search = columns.length > many && (
    <TextInput
      size="xs"
      w={170}
      aria-label="Find a column"
      placeholder="Find a column"
      leftSection={<IconSearch size={14} />}
      value={wanted}
      onChange={(event) => setWanted(event.currentTarget.value)}
    />
  );

  return (
    <Section title="Columns" aside={search}>
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
                <Table.Td className={classes.name}>{name}</Table.Td>
                <Table.Td className={classes.type}>{type}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </section>
      {shown.length === 0 && (
        <Text size="sm" c="dimmed" mt="sm">
          {columns.length === 0 ? "The file has no columns." : "No column has that in its name."}
        </Text>
      )}
      {columnsOmitted > 0 && (
        <Text size="sm" c="dimmed" mt="sm">
          And {formatCount(columnsOmitted)} more that are not listed here.
        </Text>
      )}
    </Section>
  );
}
