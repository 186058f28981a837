import { ActionIcon } from "@mantine/core";
import { modals } from "@mantine/modals";
import { IconKeyboard } from "@tabler/icons-react";
import { Keys } from "./keys.tsx";
import { useSingleKey } from "./single-keys.ts";

function openKeys(): void {
  modals.open({ title: "Keyboard shortcuts", size: "lg", children: <Keys /> });
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
