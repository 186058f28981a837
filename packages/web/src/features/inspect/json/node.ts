import type { Cursor } from "../parquet/cursor.ts";
import { columnsOf, type Field, type Node } from "../parquet/schema.ts";
import { scalarJson, type ValueOptions } from "./scalar.ts";
import { variantWriter } from "./variant.ts";

/** Writes the next value of a node, and passes its entries in all of its columns. */
export type Write = () => string;

/** Writes a row, or a group that is there. */
export function objectWriter(fields: Field[], cursors: readonly Cursor[], options: ValueOptions): Write {
  const members = fields.map(({ name, node }) => ({
    key: `${JSON.stringify(name)}:`,
    write: nodeWriter(node, cursors, options),
  }));
  return () => `{${members.map(({ key, write }) => key + write()).join(",")}}`;
}

/** The cursors of the columns below a node. */
export function cursorsOf(node: Node, cursors: readonly Cursor[]): Cursor[] {
  return columnsOf(node).flatMap((column) => cursors[column] ?? []);
}

/** What has no value has one entry in each of its columns. */
export const pass = (columns: readonly Cursor[]) => {
  for (const column of columns) column.take();
};

export function nodeWriter(node: Node, cursors: readonly Cursor[], options: ValueOptions): Write {
  const columns = cursorsOf(node, cursors);
  const [first] = columns;
  if (!first) return () => "null";
  const write = presentWriter(node, columns, first, cursors, options);
  return () => {
    if (first.definition >= node.definition) return write();
    pass(columns);
    return "null";
  };
}

function presentWriter(
  node: Node,
  columns: Cursor[],
  first: Cursor,
  cursors: readonly Cursor[],
  options: ValueOptions,
): Write {
  switch (node.kind) {
    case "scalar":
      return () => {
        const raw = first.take();
        return raw === null ? "null" : scalarJson(raw, node.scalar, options);
      };
    case "struct":
      return objectWriter(node.fields, cursors, options);
    case "variant":
      return variantWriter(node, cursors, options) ?? objectWriter(node.fields, cursors, options);
    case "list": {
      const element = nodeWriter(node.element, cursors, options);
      return () => `[${each(node, columns, first, element).join(",")}]`;
    }
    case "map":
      return mapWriter(node, columns, first, cursors, options);
  }
}

/** Calls `write` for each element of a list or a map that is there. */
export function each<T>(
  { repeated }: { repeated: { definition: number; repetition: number } },
  columns: Cursor[],
  first: Cursor,
  write: () => T,
): T[] {
  if (first.definition < repeated.definition) {
    pass(columns);
    return [];
  }
  const elements: T[] = [];
  do elements.push(write());
  while (first.repetition >= repeated.repetition);
  return elements;
}

function mapWriter(
  node: Node & { kind: "map" },
  columns: Cursor[],
  first: Cursor,
  cursors: readonly Cursor[],
  options: ValueOptions,
): Write {
  if (!node.value) {
    const key = nodeWriter(node.key, cursors, options);
    return () => `[${each(node, columns, first, key).join(",")}]`;
  }
  const value = nodeWriter(node.value, cursors, options);
  if (node.key.kind !== "scalar") {
    const key = nodeWriter(node.key, cursors, options);
    return () => `[${each(node, columns, first, () => `[${key()},${value()}]`).join(",")}]`;
  }
  // As keys, NaN and the infinities have their names in any case: null would lump them together.
  const key = nodeWriter(node.key, cursors, { ...options, nonFinite: "string" });
  return () => {
    // Of equal keys the last value counts, in the first one's place, which is what a Map does.
    const entries = new Map(each(node, columns, first, () => [asName(key()), value()] as const));
    return `{${[...entries].map(([name, json]) => `${name}:${json}`).join(",")}}`;
  };
}

const asName = (json: string) => (json.startsWith('"') ? json : `"${json}"`);
