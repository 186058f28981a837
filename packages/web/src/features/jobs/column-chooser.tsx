import { Button, Menu } from "@mantine/core";
import { IconColumns3 } from "@tabler/icons-react";
import { columnLabels, type OptionalColumn, optionalColumns } from "./jobs-view.ts";

interface ColumnChooserProps {
  value: readonly OptionalColumn[];
  onChange: (columns: OptionalColumn[]) => void;
}

/** Which columns show besides name and status; one at least. */
export function ColumnChooser({ value, onChange }: ColumnChooserProps) {
  return (
    <Menu position="bottom-end" width={180} closeOnItemClick={false}>
      <Menu.Target>
        <Button variant="default" fw={500} px="sm" leftSection={<IconColumns3 size={16} stroke={1.7} />}>
          Columns
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {optionalColumns.map((column) => {
          const checked = value.includes(column);
          return (
            <Menu.CheckboxItem
              key={column}
              checked={checked}
              disabled={checked && value.length === 1}
              onChange={() =>
                onChange(optionalColumns.filter((one) => (one === column ? !checked : value.includes(one))))
              }
            >
              {columnLabels[column]}
            </Menu.CheckboxItem>
          );
        })}
      </Menu.Dropdown>
    </Menu>
  );
}
