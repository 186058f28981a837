import { useLocalStorage, useWindowEvent } from "@mantine/hooks";

/** Whether shortcuts of a single character are on, in all tabs. */
export function useSingleKeys() {
  return useLocalStorage({ key: "unparquet-keys", defaultValue: true, getInitialValueInEffect: false });
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable]") !== null
  );
}

/** Calls back when the key of this character is pressed, except in a field or a dialog. */
export function useSingleKey(character: string, callback: () => void): void {
  const [isOn] = useSingleKeys();
  useWindowEvent("keydown", (event) => {
    if (!isOn || event.key !== character || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.defaultPrevented || isTyping(event.target) || document.querySelector('[role="dialog"]')) return;
    event.preventDefault();
    callback();
  });
}
