import { useCallback, useSyncExternalStore } from "react";

/** One timer for all that tick alike, however many of them a list shows. */
const clocks = new Map<number, { listeners: Set<() => void>; timer: ReturnType<typeof setInterval> }>();

function subscribeTo(tick: number, listener: () => void): () => void {
  const running = clocks.get(tick);
  const listeners = running?.listeners ?? new Set();
  listeners.add(listener);
  if (!running) {
    const timer = setInterval(() => {
      for (const each of listeners) each();
    }, tick);
    clocks.set(tick, { listeners, timer });
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(clocks.get(tick)?.timer);
    clocks.delete(tick);
  };
}

/** The time in milliseconds, which moves on by itself every `tick` milliseconds. */
export function useNow(tick: number): number {
  const subscribe = useCallback((listener: () => void) => subscribeTo(tick, listener), [tick]);
  return useSyncExternalStore(subscribe, () => Math.floor(Date.now() / tick) * tick);
}
