import { Text } from "@mantine/core";
import type { Progress } from "@unparquet/core/conversion/reports";
import { useState } from "react";
import { formatCount, formatDuration } from "../../components/format.ts";
import { rowsPerSecond, timeLeft, withSample } from "./rate.ts";

/** Rows a second and the time left, from what the looks at a running job have brought. */
export function Speed({ progress }: { progress: Progress }) {
  const [samples, setSamples] = useState(() => withSample([], { rows: progress.rows, at: Date.now() }));
  if (samples.at(-1)?.rows !== progress.rows) {
    setSamples(withSample(samples, { rows: progress.rows, at: Date.now() }));
  }
  const rate = rowsPerSecond(samples);

  return (
    <Text size="sm" c="dimmed" mt="xs">
      {rate === null
        ? "Measuring the speed…"
        : `${formatCount(Math.round(rate))} rows a second · about ${formatDuration(
            Math.ceil(timeLeft(progress, rate) / 1000) * 1000,
          )} left`}
    </Text>
  );
}
