import { Menu, type MenuProps } from "@mantine/core";
import { cloneElement, useLayoutEffect, useRef, useState } from "react";
import type { OfButton } from "./menu-button.tsx";

/** A menu that opens as soon as it is there. */
export function OpenedMenu({
  button,
  children,
  ...props
}: OfButton & Omit<MenuProps, "opened" | "onChange">) {
  const target = useRef<HTMLButtonElement>(null);
  const [opened, setOpened] = useState(false);
  // It stands in for the button that had the focus, and the menu gives the focus back to whatever has it when it opens.
  useLayoutEffect(() => {
    target.current?.focus({ preventScroll: true });
    setOpened(true);
  }, []);

  return (
    <Menu {...props} opened={opened} onChange={setOpened}>
      <Menu.Target>{cloneElement(button, { ref: target })}</Menu.Target>
      <Menu.Dropdown>{children}</Menu.Dropdown>
    </Menu>
  );
}
