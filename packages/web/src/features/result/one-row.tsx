import { ActionIcon, Button, Group, Text } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { formatCount, formatRows } from "../../format.ts";
import type { Json } from "./json.ts";
import { RowTree } from "./row-tree.tsx";

/** Why a row is not shown. `reading`: the rows up to it are being read. */
export type Absence = "reading" | "not_loaded" | "unreadable";

interface OneRowProps {
  /** From 1. */
  number: number;
  row: Json | undefined;
  absence: Absence;
  loadedRows: number;
  totalRows: number;
  onShow: (number: number) => void;
  onLoad: () => void;
  onCopied: (said: string) => void;
}

/** One row as a tree, with ways to those beside it. A row that is not there says why. */
export function OneRow({
  number,
  row,
  absence,
  loadedRows,
  totalRows,
  onShow,
  onLoad,
  onCopied,
}: OneRowProps) {
  return (
    <>
      <Group gap="xs" mb="xs">
        <ActionIcon
          variant="default"
          aria-label="The row before"
          disabled={number <= 1}
          onClick={() => onShow(Math.min(number - 1, totalRows))}
        >
          <IconChevronLeft size={16} />
        </ActionIcon>
        <ActionIcon
          variant="default"
          aria-label="The next row"
          disabled={number >= totalRows}
          onClick={() => onShow(number + 1)}
        >
          <IconChevronRight size={16} />
        </ActionIcon>
        <Text size="sm">Row {formatCount(number)}</Text>
      </Group>
      {row !== undefined && <RowTree key={number} row={row} number={number} onCopied={onCopied} />}
      {row === undefined && (
        <Group gap="sm" role="status">
          <Text size="sm" c="dimmed">
            {number > totalRows
              ? `There is no row ${formatCount(number)}: the result has ${formatRows(totalRows)}.`
              : explain(absence, number, loadedRows)}
          </Text>
          {number <= totalRows && absence === "not_loaded" && (
            <Button size="xs" variant="default" onClick={onLoad}>
              Load it
            </Button>
          )}
        </Group>
      )}
    </>
  );
}

function explain(absence: Absence, number: number, loadedRows: number): string {
  switch (absence) {
    case "reading":
      return `Reading up to row ${formatCount(number)}: ${formatRows(loadedRows)} so far…`;
    case "not_loaded":
      return `Row ${formatCount(number)} is not loaded yet. The rows before it are read first.`;
    case "unreadable":
      return `Row ${formatCount(number)} cannot be shown here. Download the result to see it.`;
  }
}
