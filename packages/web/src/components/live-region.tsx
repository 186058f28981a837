import { VisuallyHidden } from "@mantine/core";
import { useSyncExternalStore } from "react";

let message = "";
const listeners = new Set<() => void>();

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Has a screen reader say something that changed on the page without the reader's doing. */
export function announce(text: string): void {
  message = text;
  for (const listener of listeners) listener();
}

export function LiveRegion() {
  const text = useSyncExternalStore(subscribe, () => message);
  return (
    <VisuallyHidden role="status" aria-live="polite">
      {text}
    </VisuallyHidden>
  );
}
