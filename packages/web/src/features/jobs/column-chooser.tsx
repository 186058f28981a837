import { Button } from "@mantine/core";
import { IconColumns3 } from "@tabler/icons-react";
import { prefetched } from "../../components/fetch-part.ts";
import { MenuButton } from "../../components/menu-button.tsx";
import type { OptionalColumn } from "./jobs-view.ts";

export interface ColumnChooserProps {
  value: readonly OptionalColumn[];
  onChange: (columns: OptionalColumn[]) => void;
}

const load = prefetched(() => import("./column-choices.tsx"));

/** Which columns show besides name and status; one at least. */
export function ColumnChooser(props: ColumnChooserProps) {
  return (
    <MenuButton
      button={
        <Button variant="default" fw={500} px="sm" leftSection={<IconColumns3 size={16} stroke={1.7} />}>
          Columns
        </Button>
      }
      load={load}
      menu={props}
    />
  );
}
