import type { SchemaItem } from "@unparquet/core/conversion/engine";

/** The items below and including `item` that have no parts of their own to choose. */
export function endsOf(item: SchemaItem): string[] {
  return item.parts.length === 0 ? [item.path] : item.parts.flatMap(endsOf);
}

/** The ends that `columns` of a conversion name; all of them where it names none. */
export function chosenEnds(
  items: readonly SchemaItem[],
  columns: readonly string[] | undefined,
): Set<string> {
  if (!columns) return new Set(items.flatMap(endsOf));
  const named = new Set(columns);
  const chosen = (item: SchemaItem): string[] =>
    named.has(item.path) ? endsOf(item) : item.parts.flatMap(chosen);
  return new Set(items.flatMap(chosen));
}

/** As few names as say the same, in the file's order; undefined for all columns. */
export function columnsOfEnds(items: readonly SchemaItem[], ends: ReadonlySet<string>): string[] | undefined {
  const isWhole = (item: SchemaItem) => endsOf(item).every((end) => ends.has(end));
  if (items.every(isWhole)) return undefined;
  const names = (item: SchemaItem): string[] => (isWhole(item) ? [item.path] : item.parts.flatMap(names));
  return items.flatMap(names);
}

/** `columns` with an item and all below it ticked or not. */
export function tick(
  items: readonly SchemaItem[],
  columns: readonly string[] | undefined,
  item: SchemaItem,
  isTicked: boolean,
): string[] | undefined {
  const ends = chosenEnds(items, columns);
  for (const end of endsOf(item)) {
    if (isTicked) ends.add(end);
    else ends.delete(end);
  }
  return columnsOfEnds(items, ends);
}
