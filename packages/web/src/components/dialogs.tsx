import { useSyncExternalStore } from "react";
import { flushSync } from "react-dom";

type Code = typeof import("@mantine/modals");

let code: Code | undefined;
let listener = () => {};
/** Goes up when what was asked for before is not wanted any more. */
let closed = 0;

/** Opens a dialog. Most visits see none, so the code that shows them comes with the first. */
export async function openDialog(open: (modals: Code["modals"]) => void): Promise<void> {
  const before = closed;
  const loaded = await import("@mantine/modals");
  if (closed !== before) return;
  code = loaded;
  // It hears of a dialog only once it is there.
  flushSync(listener);
  open(loaded.modals);
}

export function closeDialogs(): void {
  closed += 1;
  code?.modals.closeAll();
}

function subscribe(changed: () => void) {
  listener = changed;
  return () => {
    listener = () => {};
  };
}

/** Where dialogs appear. */
export function DialogHost() {
  const shown = useSyncExternalStore(subscribe, () => code);
  return shown ? <shown.ModalsProvider /> : null;
}
