import { ActionIcon, Group, Text } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { formatCount, formatRows } from "../../../components/format.ts";
import type { Json } from "./json.ts";
import { RowTree } from "./row-tree.tsx";

interface OneRowProps {
  /** From 1. */
  number: number;
  row: Json | undefined;
  isReading: boolean;
  rows: number;
  hasFocus: boolean;
  onShow: (number: number) => void;
}

/** One row as a tree, with ways to those beside it. A row that is not there says why. */
export function OneRow({ number, row, isReading, rows, hasFocus, onShow }: OneRowProps) {
  return (
    <>
      <Group gap="xs" mb="xs">
        <ActionIcon
          variant="default"
          aria-label="The row before"
          disabled={number <= 1}
          onClick={() => onShow(Math.min(number - 1, rows))}
        >
          <IconChevronLeft size={16} />
        </ActionIcon>
        <ActionIcon
          variant="default"
          aria-label="The next row"
          disabled={number >= rows}
          onClick={() => onShow(number + 1)}
        >
          <IconChevronRight size={16} />
        </ActionIcon>
        <Text size="sm">
          Row {formatCount(number)} of {formatCount(rows)}
        </Text>
      </Group>
      {row !== undefined && <RowTree key={number} row={row} number={number} hasFocus={hasFocus} />}
      {row === undefined && (
        <Text size="sm" c="dimmed" role="status">
          {explain(number, rows, isReading)}
        </Text>
      )}
    </>
  );
}

function explain(number: number, rows: number, isReading: boolean): string {
  const row = `row ${formatCount(number)}`;
  if (number > rows) return `There is no ${row}: the result has ${formatRows(rows)}.`;
  return isReading
    ? `Reading ${row}…`
    : `R${row.slice(1)} is too long to be shown here. Download the result to see it.`;
}
