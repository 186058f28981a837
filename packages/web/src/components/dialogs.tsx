import { useSyncExternalStore } from "react";
import { flushSync } from "react-dom";
import { fetchPart, prefetched } from "./fetch-part.ts";
import { PartBoundary, PartFailure } from "./part-boundary.tsx";

type Code = typeof import("@mantine/modals");

interface State {
  code?: Code;
  /** Opens the dialog whose code could not be fetched. */
  retry?: () => void;
}

const load = prefetched(() => import("@mantine/modals"));
let state: State = {};
let listener = () => {};
/** Goes up when what was asked for before is not wanted any more. */
let closed = 0;

function set(next: State): void {
  state = next;
  listener();
}

/** Opens a dialog. Most visits see none, so the code that shows them comes with the first. */
export async function openDialog(open: (modals: Code["modals"]) => void): Promise<void> {
  const before = closed;
  dismissFailure();
  let code: Code;
  try {
    code = await fetchPart(load);
  } catch {
    if (closed === before) set({ retry: () => void openDialog(open) });
    return;
  }
  if (closed !== before) return;
  // It hears of a dialog only once it is there.
  flushSync(() => set({ code }));
  open(code.modals);
}

export function closeDialogs(): void {
  closed += 1;
  dismissFailure();
  state.code?.modals.closeAll();
}

function dismissFailure(): void {
  if (state.retry) set({});
}

function subscribe(changed: () => void) {
  listener = changed;
  return () => {
    listener = () => {};
  };
}

/** Where dialogs appear. */
export function DialogHost() {
  const { code, retry } = useSyncExternalStore(subscribe, () => state);
  if (retry) return <PartFailure floating onRetry={retry} onOnline={dismissFailure} />;
  return code ? (
    <PartBoundary floating>
      <code.ModalsProvider />
    </PartBoundary>
  ) : null;
}
