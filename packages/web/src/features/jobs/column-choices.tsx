import { Menu } from "@mantine/core";
import type { OfButton } from "../../components/menu-button.tsx";
import { OpenedMenu } from "../../components/opened-menu.tsx";
import type { ColumnChooserProps } from "./column-chooser.tsx";
import { columnLabels, optionalColumns } from "./jobs-view.ts";

export default function ColumnChoices({ button, value, onChange }: ColumnChooserProps & OfButton) {
  return (
    <OpenedMenu button={button} position="bottom-end" width={180} closeOnItemClick={false}>
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
    </OpenedMenu>
  );
}
