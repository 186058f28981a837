import { useSyncExternalStore } from "react";
import { formatAgo, formatTime } from "../format.ts";

const tick = 5000;

function subscribe(listener: () => void) {
  const timer = setInterval(listener, tick);
  return () => clearInterval(timer);
}

const useNow = () => useSyncExternalStore(subscribe, () => Math.floor(Date.now() / tick) * tick);

/** How long ago something was; the exact time on hover. */
export function Ago({ time }: { time: string }) {
  const now = useNow();
  return (
    <time dateTime={time} title={formatTime(time)}>
      {formatAgo(time, now)}
    </time>
  );
}
