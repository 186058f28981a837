import { VisuallyHidden } from "@mantine/core";
import { formatCount } from "../../format.ts";
import classes from "./cell.module.css";
import { isNested, isNumber, type Json } from "./json.ts";
import { cellText, foldedLength } from "./table-columns.ts";

function kindOf(value: Json): string {
  if (value === null) return "null";
  if (isNumber(value)) return "number";
  return isNested(value) ? "nested" : typeof value;
}

/** A value in one line. What is missing has a pattern of its own, and a word for who cannot see it. */
export function Cell({ value }: { value: Json | undefined }) {
  if (value === undefined) return <VisuallyHidden>missing</VisuallyHidden>;
  return (
    <>
      <span className={classes.value} data-kind={kindOf(value)}>
        {cellText(value)}
      </span>
      {typeof value === "string" && value.length > foldedLength && (
        <span className={classes.length}>{formatCount(value.length)} characters</span>
      )}
    </>
  );
}
