import { Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { type UseQueryResult, useQueries } from "@tanstack/react-query";
import { useCallback } from "react";
import { formatBytes, formatCount, formatDuration } from "../../../components/format.ts";
import { laneLabels } from "../../../components/lane-reason.tsx";
import { Options } from "../../options/options.ts";
import { type ChosenFile, optionsOf } from "./chosen-files.ts";
import type { PredictedLane } from "./predict-lane.ts";
import { estimateOf, formatCost, laneQuery } from "./prediction.ts";

interface Predicted extends PredictedLane {
  fileBytes: number;
}

/** More take too long, as each file's footer is read for it. */
const most = 1000;

/** What several files will come to: predicted from their footers, file by file, once the options have not changed for a moment. */
export function BatchPrediction({
  files,
  shared,
}: {
  files: readonly ChosenFile[];
  shared: Partial<Options>;
}) {
  const [settled] = useDebouncedValue(shared, 300);
  const asked = files.length > most ? [] : files.map((file) => [file, optionsOf(file, settled)] as const);
  const words = useQueries({
    queries: asked.map(([{ id }, options]) => ({
      ...laneQuery(id, options),
      enabled: Options.safeParse(options).success,
    })),
    combine: useCallback(
      (answers: UseQueryResult<PredictedLane>[]) => {
        // What cannot be predicted cannot be converted either, and its row says so.
        const predicted = answers.flatMap(({ data }, index) =>
          data ? [{ ...data, fileBytes: files[index]?.file.size ?? 0 }] : [],
        );
        const isWhole = answers.every(({ data, error }) => data ?? error);
        return isWhole && predicted.length > 0 ? describePrediction(predicted) : undefined;
      },
      [files],
    ),
  });
  return (
    <Text size="sm" c="dimmed">
      {words ?? "\u00a0"}
    </Text>
  );
}

/** "About 102 MB of JSON predicted: 58 on Lambda, 2 on Glue Python Shell. The longest takes about 3s; together they cost under $0.01." */
export function describePrediction(predicted: readonly Predicted[]): string | undefined {
  const sizes = predicted.flatMap(({ predictedBytes }) => predictedBytes ?? []);
  if (sizes.length < predicted.length) return undefined;
  const byLane = Object.entries(Object.groupBy(predicted, ({ lane }) => lane)).map(
    ([lane, { length }]) => [laneLabels[lane as keyof typeof laneLabels], length] as const,
  );
  const lanes =
    byLane.length === 1
      ? `, on ${byLane[0]?.[0]}`
      : `: ${byLane.map(([label, count]) => `${formatCount(count)} on ${label}`).join(", ")}`;
  const size = formatBytes(sizes.reduce((sum, bytes) => sum + bytes, 0));
  const runs = predicted.flatMap((file) => estimateOf(file, file.fileBytes) ?? []);
  const longest = formatDuration(1000 * Math.ceil(Math.max(...runs.map(({ seconds }) => seconds))));
  const cost = formatCost(runs.reduce((sum, { dollars }) => sum + dollars, 0));
  const times =
    runs.length === predicted.length
      ? ` The longest takes about ${longest}; together they cost ${cost}.`
      : "";
  return `About ${size} of JSON predicted${lanes}.${times}`;
}
