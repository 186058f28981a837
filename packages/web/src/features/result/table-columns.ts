import { isNested, isNumber, isObject, type Json, toText, valueAt } from "./json.ts";

/** A column of the table: a key of the rows, or, where an object's column is split, a path of keys into it. */
export interface TableColumn {
  path: string[];
  /** Whether it holds objects, and can be shown as a column for each of their keys. */
  splittable: boolean;
}

export const columnName = ({ path }: Pick<TableColumn, "path">): string => path.join(".");
export const columnId = ({ path }: Pick<TableColumn, "path">): string => JSON.stringify(path);

/** What a row has in a column; undefined where it has nothing. */
export const cellAt = (row: Json, { path }: Pick<TableColumn, "path">): Json | undefined =>
  path.reduce<Json | undefined>((value, key) => (value === undefined ? undefined : valueAt(value, key)), row);

function keysOf(values: (Json | undefined)[], known: string[] = []): string[] {
  const keys = new Set(known);
  for (const value of values) {
    if (value !== undefined && isObject(value)) for (const key of Object.keys(value)) keys.add(key);
  }
  return [...keys];
}

/** The columns of rows: `names` first, in the file's order, then what else is in them. Those in `split` give way to their keys. */
export function tableColumns(rows: Json[], names: string[], split: ReadonlySet<string>): TableColumn[] {
  const expand = (path: string[]): TableColumn[] => {
    const values = rows.map((row) => cellAt(row, { path }));
    const splittable = values.some((value) => value !== undefined && isObject(value));
    if (!splittable || !split.has(columnId({ path }))) return [{ path, splittable }];
    return keysOf(values).flatMap((key) => expand([...path, key]));
  };
  return keysOf(rows, names).flatMap((key) => expand([key]));
}

/** Texts that without quotes would pass for something else. */
const ambiguous = /^(|null|true|false|-?\d+(\.\d+)?([eE][+-]?\d+)?|\s.*|.*\s|["[{].*)$/s;

export const foldedLength = 80;

/** A value in one short line: `[12]` and `{3}` for what holds others, a string in quotes only where it could be mistaken. */
export function cellText(value: Json): string {
  if (Array.isArray(value)) return `[${value.length}]`;
  if (isNested(value)) return `{${Object.keys(value).length}}`;
  if (typeof value !== "string" || isNumber(value)) return toText(value);
  const folded = value.length > foldedLength ? `${value.slice(0, foldedLength)}…` : value;
  return ambiguous.test(value) ? JSON.stringify(folded) : folded;
}

/** Pixels: as wide as the longest of the first rows, between a little and a third of a screen. */
export function columnWidth(rows: Json[], column: TableColumn): number {
  const lengths = rows.slice(0, 50).map((row) => {
    const value = cellAt(row, column);
    return value === undefined ? 0 : Math.min(cellText(value).length, 40);
  });
  const header = columnName(column).length + (column.splittable ? 3 : 0);
  return Math.max(64, Math.min(340, Math.max(header, ...lengths) * 7.9 + 26));
}
