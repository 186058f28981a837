import { Button, Menu } from "@mantine/core";
import { IconColumns3 } from "@tabler/icons-react";
import { headOf, type JobsTable } from "./jobs-columns.tsx";

/** Which columns show besides name and status; one at least. */
export function ColumnChooser({ table }: { table: JobsTable }) {
  const columns = table.getAllLeafColumns().filter((column) => column.getCanHide());
  const visible = columns.filter((column) => column.getIsVisible());
  return (
    <Menu position="bottom-end" width={180} closeOnItemClick={false}>
      <Menu.Target>
        <Button variant="default" fw={500} px="sm" leftSection={<IconColumns3 size={16} stroke={1.7} />}>
          Columns
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {columns.map((column) => (
          <Menu.CheckboxItem
            key={column.id}
            checked={column.getIsVisible()}
            disabled={column.getIsVisible() && visible.length === 1}
            onChange={() => column.toggleVisibility()}
          >
            {headOf(column)}
          </Menu.CheckboxItem>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
