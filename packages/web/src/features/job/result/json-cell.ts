import { formatCount } from "../../../components/format.ts";
import { type GridCell, jsonCell, missingCell } from "../../../components/grid/cell.ts";
import { type Json, shortText } from "./json.ts";

/** Characters beyond which a string says how long it is. */
export const foldedLength = 80;
const shownLength = 200;

/** A value of a row, as a cell shows it. */
export function cellOf(value: Json | undefined): GridCell {
  if (value === undefined) return missingCell;
  const cell = jsonCell(shortText(value, shownLength));
  if (typeof value !== "string" || value.length <= foldedLength) return cell;
  return { ...cell, note: `${formatCount(value.length)} characters` };
}
