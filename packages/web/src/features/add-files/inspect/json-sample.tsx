import { Button, CopyButton, Group, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconCheck, IconCopy, IconTextWrap } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { EngineError } from "@unparquet/core/conversion/engine";
import { useState } from "react";
import { formatCount, formatDuration, formatRows } from "../../../components/format.ts";
import { LaneReason } from "../../../components/lane-reason.tsx";
import { Options } from "../../options/options.ts";
import classes from "./file-panel.module.css";
import { inspector } from "./inspector.ts";
import { joinRows } from "./join-rows.ts";
import { JsonText } from "./json-text.tsx";
import type { PredictedLane } from "./predict-lane.ts";
import { estimateOf, formatCost, laneQuery } from "./prediction.ts";
import { describeFailure } from "./refusal.ts";
import { unchanging } from "./unchanging.ts";

/** Rows may be megabytes long: too much to read. */
const max = { rows: 10, bytes: 50_000 };

interface JsonSampleProps {
  file: number;
  options: Partial<Options>;
  rows: number;
  /** Size of the file. */
  bytes: number;
}

/** The first rows as they will come out and the lane, once the options have not changed for a moment. */
export function JsonSample({ file, options, rows, bytes }: JsonSampleProps) {
  const [isWrapped, setWrapped] = useState(true);
  const [settled] = useDebouncedValue(options, 150);
  const parsed = Options.safeParse(settled);
  // They change what is around the rows, not the rows.
  const { format: _format, compression: _compression, ...rowOptions } = settled;
  // Asked first: it reads only the footer.
  const lane = useQuery({
    ...laneQuery(file, settled),
    enabled: parsed.success,
    placeholderData: keepPreviousData,
  });
  const sample = useQuery({
    queryKey: ["inspect", file, "sample", rowOptions],
    queryFn: ({ signal }) => inspector.sample(file, Options.parse(rowOptions), max, signal),
    ...unchanging,
    enabled: parsed.success,
    placeholderData: keepPreviousData,
  });
  const { data } = sample;
  const error = lane.error ?? sample.error;
  const all = Math.min(rows, options.limit ?? rows);

  if (!parsed.success) {
    return (
      <Text size="sm" c="dimmed">
        {options.columns?.length === 0
          ? "Choose at least one column to see what will come out."
          : "No preview: these options cannot be used."}
      </Text>
    );
  }
  if (error) {
    return (
      <Text size="sm" c="dimmed" role="status">
        {describeFailure(error)}
        {adviceOn(error, parsed.data)}
      </Text>
    );
  }
  const text = data ? joinRows(data, parsed.data.format) : "";
  const isCut = text.length > max.bytes;
  const before = parsed.data.compression === "none" ? "" : ` (before ${parsed.data.compression})`;
  return (
    <div>
      <Group justify="space-between" gap="xs" pb={6}>
        <Text size="sm" c="dimmed">
          {data ? describeSample(data.length, all, isCut) + before : "Reading…"}
        </Text>
        <Group gap="xs">
          <Button
            size="compact-sm"
            variant="default"
            aria-pressed={isWrapped}
            leftSection={<IconTextWrap size={15} />}
            onClick={() => setWrapped(!isWrapped)}
          >
            Wrap
          </Button>
          <CopyButton value={text}>
            {({ copied, copy }) => (
              <Button
                size="compact-sm"
                variant="default"
                leftSection={copied ? <IconCheck size={15} /> : <IconCopy size={15} />}
                onClick={copy}
              >
                {copied ? "Copied" : "Copy"}
              </Button>
            )}
          </CopyButton>
        </Group>
      </Group>
      <Text size="sm" c="dimmed" pb={6}>
        {lane.data ? (
          <>
            Will run on <LaneReason {...lane.data} />
            {describeEstimate(lane.data, bytes)}
          </>
        ) : (
          "\u00a0"
        )}
      </Text>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard */}
      <section className={classes.sample} tabIndex={0} aria-label="Sample of the JSON">
        <JsonText text={isCut ? `${text.slice(0, max.bytes)}…` : text} isWrapped={isWrapped} />
      </section>
    </div>
  );
}

/** "Takes about 3s and costs under $0.01." */
function describeEstimate(predicted: PredictedLane, bytes: number): string {
  const run = estimateOf(predicted, bytes);
  if (!run) return "";
  return ` Takes about ${formatDuration(1000 * Math.ceil(run.seconds))} and costs ${formatCost(run.dollars)}.`;
}

/** What to choose instead of the option that fails. */
function adviceOn(error: Error, { binary }: Options): string {
  if (!(error instanceof EngineError) || error.code !== "invalid_utf8") return "";
  return binary === "utf8"
    ? " Choose Base64 or Hexadecimal for binary columns."
    : " Choose what to do with text that is not UTF-8.";
}

function describeSample(shown: number, all: number, isCut: boolean): string {
  if (isCut) return `Start of row 1 of ${formatCount(all)}`;
  return all > shown ? `The first ${shown} of ${formatRows(all)}` : "Complete output";
}
