import { ActionIcon, UnstyledButton } from "@mantine/core";
import { IconChevronDown, IconX } from "@tabler/icons-react";
import type { Options } from "@unparquet/core/conversion/options";
import { memo, useId } from "react";
import { formatBytes, formatCount, formatRows, formatShare } from "../../../components/format.ts";
import { chosen } from "./chosen.ts";
import type { ChosenFile, Reading, Repetition } from "./chosen-files.ts";
import classes from "./chosen-list.module.css";
import { FilePanel } from "./file-panel.tsx";

export interface ChosenRowProps {
  chosenFile: ChosenFile;
  shared: Partial<Options>;
  isShown: boolean;
  repetition: Repetition | undefined;
  /** Bytes that an earlier upload of this file has sent; undefined without one. */
  stored: number | undefined;
  isOneOfMany: boolean;
  /** The row goes, and the focus needs another place. */
  onRemove: (id: number) => void;
}

const repetitionHints: Record<Repetition, string> = {
  chosen: "Chosen twice",
  uploads: "Also among the uploads",
};

export const ChosenRow = memo(function ChosenRow({
  chosenFile,
  shared,
  isShown,
  repetition,
  stored,
  isOneOfMany,
  onRemove,
}: ChosenRowProps) {
  const { id, file, reading } = chosenFile;
  const panel = useId();
  const summary = reading.phase === "ready" ? reading.summary : undefined;
  const isOpen = isShown && summary !== undefined;
  const isBad = reading.phase === "refused";
  const name = (
    <>
      <span className={classes.name} dir="auto">
        {file.name}
      </span>
      <span className={classes.detail} data-bad={isBad || undefined}>
        {detail(file, reading)}
        {repetition && !isBad && ` · ${repetitionHints[repetition]}`}
        {stored !== undefined && !isBad && ` · Resumes at ${formatShare(stored / file.size)}`}
      </span>
    </>
  );

  return (
    <>
      <div className={classes.head}>
        {summary ? (
          <UnstyledButton
            className={classes.toggle}
            aria-expanded={isOpen}
            aria-controls={isOpen ? panel : undefined}
            onClick={() => chosen.show(isOpen ? undefined : id)}
          >
            <IconChevronDown size={16} className={classes.chevron} data-opened={isOpen || undefined} />
            <span className={classes.text}>{name}</span>
          </UnstyledButton>
        ) : (
          <div className={classes.toggle}>
            <span className={classes.text}>{name}</span>
          </div>
        )}
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={`Remove ${file.name}`}
          onClick={() => onRemove(id)}
        >
          <IconX size={17} stroke={1.7} />
        </ActionIcon>
      </div>
      {isOpen && (
        <div id={panel}>
          <FilePanel chosenFile={chosenFile} summary={summary} shared={shared} isOneOfMany={isOneOfMany} />
        </div>
      )}
    </>
  );
});

function detail(file: File, reading: Reading): string {
  switch (reading.phase) {
    case "reading":
      return `${formatBytes(file.size)} · Reading…`;
    case "ready": {
      const { rows, ...summary } = reading.summary;
      const columns = summary.columns.length + summary.columnsOmitted;
      const count = columns === 1 ? "1 column" : `${formatCount(columns)} columns`;
      return `${formatBytes(file.size)} · ${formatRows(rows)} · ${count}`;
    }
    case "refused":
      return reading.reason;
    case "unreadable":
      return `${formatBytes(file.size)} · You can convert it without a preview. ${reading.reason}`;
  }
}
