import { ActionIcon, Button, NumberInput, Text } from "@mantine/core";
import { IconCopy } from "@tabler/icons-react";
import { memo, useState } from "react";
import { formatCount } from "../format.ts";
import classes from "./grid.module.css";

// Mantine's components take longer to render than a row of cells, and most renders of a grid leave these as they are.

export const GoToRow = memo(function GoToRow({ rows, onGo }: { rows: number; onGo: (row: number) => void }) {
  const [value, setValue] = useState<string | number>("");
  const go = () => {
    const row = Number(value);
    if (value !== "" && Number.isFinite(row)) onGo(Math.max(1, Math.min(rows, Math.round(row))));
  };
  return (
    <NumberInput
      size="xs"
      w={150}
      aria-label={`Go to row, 1 to ${formatCount(rows)}`}
      placeholder="Go to row"
      hideControls
      allowDecimal={false}
      allowNegative={false}
      value={value}
      onChange={setValue}
      onKeyDown={(event) => {
        if (event.key !== "Enter") return;
        // Within a form: it is not to be sent.
        event.preventDefault();
        go();
      }}
    />
  );
});

interface GridFootProps {
  /** Of the column of the cell that keys act on; undefined on the header. */
  name: string | undefined;
  /** "of row 12" */
  place: string | undefined;
  /** What is in it; undefined while it is not read yet. */
  text: string | undefined;
  onCopy: (() => void) | undefined;
  onOpen: (() => void) | undefined;
}

/** The cell that keys act on, in one line, and what can be done with it. */
export const GridFoot = memo(function GridFoot({ name, place, text, onCopy, onOpen }: GridFootProps) {
  return (
    <div className={classes.foot}>
      <Text size="sm" c="dimmed" className={classes.place} title={text}>
        {name !== undefined && (
          <>
            <b>{name}</b>
            {place && ` ${place}`}: {text ?? "…"}
          </>
        )}
      </Text>
      {onOpen && (
        <Button size="compact-sm" variant="default" onClick={onOpen}>
          Open row
        </Button>
      )}
      <ActionIcon variant="default" aria-label="Copy the cell" onClick={onCopy} disabled={!onCopy}>
        <IconCopy size={15} />
      </ActionIcon>
    </div>
  );
});
