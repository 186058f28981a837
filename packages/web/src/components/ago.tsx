import { formatAgo, formatTime } from "./format.ts";
import { useNow } from "./use-now.ts";

/** How long ago something was; the exact time on hover. */
export function Ago({ time }: { time: string }) {
  const now = useNow(5000);
  return (
    <time dateTime={time} title={formatTime(time)}>
      {formatAgo(time, now)}
    </time>
  );
}
