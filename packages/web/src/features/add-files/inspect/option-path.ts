import type { SchemaItem } from "@unparquet/core/conversion/engine";

export interface OptionPath {
  /** The name in the option `columns`; of a map's keys or values, also which of them. */
  name: string;
  type: string | undefined;
  /** Within a list or map, whose nulls are also those of empty and missing lists. */
  isRepeated: boolean;
}

const isRepeatedType = (type: string) => /^(list|map)\b/.test(type);

interface Found {
  /** From the column to the part that the path leads to. */
  items: SchemaItem[];
  /** What of the path no part has. */
  rest: string[];
}

/** The way that leaves least of the path: a field may have the name of a group that a list is made of. */
function find(items: readonly SchemaItem[], path: string[]): Found {
  const ways = path.flatMap((name, index): Found[] => {
    const item = items.find((part) => part.name === name);
    if (!item) return [];
    const below = find(item.parts, path.slice(index + 1));
    return [{ items: [item, ...below.items], rest: below.rest }];
  });
  return ways.reduce((best, way) => (way.rest.length < best.rest.length ? way : best), {
    items: [],
    rest: path,
  });
}

/**
 * What the options call a column that the file's schema knows by a path, such as `items.list.element.sku`. `column` is the one
 * that the path begins with.
 */
export function optionPath(column: SchemaItem | undefined, path: readonly string[]): OptionPath {
  const [, ...below] = path;
  if (!column) return { name: path.join("."), type: undefined, isRepeated: false };
  const { items: parts, rest } = find(column.parts, below);
  const item = parts.at(-1) ?? column;
  const last = rest.at(-1);
  const isPartOfMap = item.type.startsWith("map") && (last === "key" || last === "value");
  return {
    name: isPartOfMap ? `${item.path} (${last})` : item.path,
    type: item.type,
    isRepeated: [column, ...parts].some(({ type }) => isRepeatedType(type)),
  };
}
