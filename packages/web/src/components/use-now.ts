import { useCallback, useSyncExternalStore } from "react";

/** The time in milliseconds, which moves on by itself every `tick` milliseconds. */
export function useNow(tick: number): number {
  const subscribe = useCallback(
    (listener: () => void) => {
      const timer = setInterval(listener, tick);
      return () => clearInterval(timer);
    },
    [tick],
  );
  return useSyncExternalStore(subscribe, () => Math.floor(Date.now() / tick) * tick);
}
