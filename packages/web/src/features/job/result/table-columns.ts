import { isObject, type Json, valueAt } from "./json.ts";

/** A column of the table: a key of the rows, or, where an object's column is split, a path of keys into it. */
export interface TableColumn {
  path: string[];
  /** Whether it holds objects, and can be shown as a column for each of their keys. */
  splittable: boolean;
}

/** The keys seen in rows, in order; of a key that holds objects, theirs. */
export type KeyTree = Map<string, KeyTree | undefined>;

export const columnName = ({ path }: Pick<TableColumn, "path">): string => path.join(".");
export const columnId = ({ path }: Pick<TableColumn, "path">): string => JSON.stringify(path);

/** What a row has in a column; undefined where it has nothing. */
export const cellAt = (row: Json, { path }: Pick<TableColumn, "path">): Json | undefined =>
  path.reduce<Json | undefined>((value, key) => (value === undefined ? undefined : valueAt(value, key)), row);

/** Adds the keys of a row; returns whether any was new. */
export function addKeys(keys: KeyTree, row: Json): boolean {
  if (!isObject(row)) return false;
  let isNew = false;
  for (const [key, value] of Object.entries(row)) {
    let below = keys.get(key);
    if (isObject(value) && below === undefined) {
      below = new Map();
      keys.set(key, below);
      isNew = true;
    } else if (!keys.has(key)) {
      keys.set(key, undefined);
      isNew = true;
    }
    if (below && addKeys(below, value)) isNew = true;
  }
  return isNew;
}

/** The columns of the keys. Those in `split` give way to their keys. */
export function tableColumns(keys: KeyTree, split: ReadonlySet<string>): TableColumn[] {
  const expand = (path: string[], below: KeyTree | undefined): TableColumn[] => {
    const splittable = below !== undefined;
    if (!splittable || !split.has(columnId({ path }))) return [{ path, splittable }];
    return [...below].flatMap(([key, child]) => expand([...path, key], child));
  };
  return [...keys].flatMap(([key, child]) => expand([key], child));
}
