import type { SchemaItem } from "@unparquet/core/conversion/engine";
import { matches } from "../../../components/column-search.tsx";

/** An item of the tree of columns as a line among those that are to be seen. */
export interface SchemaLine {
  item: SchemaItem;
  /** Path of the group it is a part of. */
  parent?: string;
  /** Of its depth in the tree and of its place among its siblings, from 1, as a screen reader says them. */
  level: number;
  position: number;
  siblings: number;
  isOpen: boolean;
}

/** What has the wanted text in its name, and the groups on the way there; below what is found, everything. */
export function found(items: readonly SchemaItem[], wanted: string): SchemaItem[] {
  return items.flatMap((item) => {
    if (matches(item.name, wanted)) return [item];
    const parts = found(item.parts, wanted);
    return parts.length > 0 ? [{ ...item, parts }] : [];
  });
}

/** The tree as lines, one below the other: without what is not looked for, and what is within closed groups. */
export function schemaLines(
  items: readonly SchemaItem[],
  wanted: string,
  closed: ReadonlySet<string>,
): SchemaLine[] {
  const lines: SchemaLine[] = [];
  const add = (siblings: readonly SchemaItem[], level: number, parent?: string) => {
    siblings.forEach((item, index) => {
      const isOpen = !closed.has(item.path);
      lines.push({
        item,
        ...(parent === undefined ? {} : { parent }),
        level,
        position: index + 1,
        siblings: siblings.length,
        isOpen,
      });
      if (isOpen) add(item.parts, level + 1, item.path);
    });
  };
  add(wanted === "" ? items : found(items, wanted), 1);
  return lines;
}
