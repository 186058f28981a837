import { ActionIcon } from "@mantine/core";
import { IconKeyboard } from "@tabler/icons-react";
import { openDialog } from "./dialogs.tsx";
import { prefetched } from "./fetch-part.ts";
import { lazyPart } from "./lazy-part.tsx";
import { useSingleKey } from "./single-keys.ts";

const Keys = lazyPart(prefetched(() => import("./keys.tsx")));

function openKeys(): void {
  void openDialog((modals) => modals.open({ title: "Keyboard shortcuts", size: "lg", children: <Keys /> }));
}

export function KeysButton() {
  useSingleKey("?", openKeys);
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      visibleFrom="sm"
      aria-label="Keyboard shortcuts"
      title="Keyboard shortcuts (?)"
      onClick={openKeys}
    >
      <IconKeyboard size={18} stroke={1.7} />
    </ActionIcon>
  );
}
