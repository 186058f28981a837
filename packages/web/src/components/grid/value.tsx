import { VisuallyHidden } from "@mantine/core";
import type { GridCell } from "./cell.ts";
import classes from "./value.module.css";

/** What is missing has a pattern of its own, and a word for who cannot see it. */
export function Value({ cell }: { cell: GridCell | undefined }) {
  // The key keeps it from becoming the value's element, which would seem to move.
  if (cell === undefined) return <span key="reading" className={classes.reading} aria-hidden />;
  if (cell.kind === "missing") return <VisuallyHidden>missing</VisuallyHidden>;
  return (
    <>
      <span className={classes.value} data-kind={cell.kind}>
        {cell.text}
      </span>
      {cell.note && <span className={classes.length}>{cell.note}</span>}
    </>
  );
}
