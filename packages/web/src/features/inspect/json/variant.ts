import type { Cursor } from "../parquet/cursor.ts";
import type { Field, Node } from "../parquet/schema.ts";
import { Unreadable } from "../parquet/unreadable.ts";
import { cursorsOf, each, nodeWriter, pass } from "./node.ts";
import type { ValueOptions } from "./scalar.ts";
import { variantFields, variantJson, variantNames } from "./variant-value.ts";

// Format: https://github.com/apache/parquet-format/blob/master/VariantShredding.md

/** Writes the next value; undefined where it is missing. */
type WritePart = (names: readonly string[]) => string | undefined;

interface Part {
  columns: Cursor[];
  write: WritePart;
}

interface Context {
  cursors: readonly Cursor[];
  options: ValueOptions;
}

/** Writes a VARIANT that is there, whole or shredded; undefined where the group lacks the columns it must have. */
export function variantWriter(
  { fields }: Node & { kind: "struct" | "variant" },
  cursors: readonly Cursor[],
  options: ValueOptions,
): (() => string) | undefined {
  const metadata = bytesColumn(fields, "metadata", cursors);
  const body = partOf(fields, { cursors, options });
  if (!metadata || !body) return undefined;
  return () => {
    const bytes = metadata.take();
    if (!(bytes instanceof Uint8Array)) throw new Unreadable("A VARIANT has no metadata.");
    return body.write(variantNames(bytes)) ?? "null";
  };
}

function bytesColumn(fields: Field[], name: string, cursors: readonly Cursor[]): Cursor | undefined {
  const node = fields.find((field) => field.name === name)?.node;
  return node?.kind === "scalar" && node.scalar.kind === "binary" ? cursors[node.column] : undefined;
}

/** `value` holds a value in the binary encoding, `typed_value` as a Parquet type. Both may have a part of an object. */
function partOf(fields: Field[], context: Context): Part | undefined {
  const { cursors, options } = context;
  const value = bytesColumn(fields, "value", cursors);
  const node = fields.find((field) => field.name === "typed_value")?.node;
  const whole = value ? [value] : [];
  const valueJson = (bytes: unknown, names: readonly string[]) =>
    bytes instanceof Uint8Array ? variantJson(bytes, names, options) : undefined;
  if (!node) return value && { columns: whole, write: (names) => valueJson(value.take(), names) };

  const typed = typedWriter(node, context);
  const columns = cursorsOf(node, cursors);
  const [first] = columns;
  if (!typed || !first) return undefined;
  return {
    columns: [...whole, ...columns],
    write: (names) => {
      const bytes = value?.take() ?? null;
      if (first.definition >= node.definition)
        return typed(names, bytes instanceof Uint8Array ? bytes : null);
      pass(columns);
      return valueJson(bytes, names);
    },
  };
}

function typedWriter(node: Node, context: Context) {
  switch (node.kind) {
    case "scalar":
      return alone(nodeWriter(node, context.cursors, context.options));
    case "struct":
      return objectWriter(node.fields, context);
    case "list": {
      const { element } = node;
      const part = element.kind === "struct" ? partOf(element.fields, context) : undefined;
      const [first] = part?.columns ?? [];
      if (!part || !first) return undefined;
      return alone((names) => {
        const elements = each(node, part.columns, first, () => part.write(names) ?? "null");
        return `[${elements.join(",")}]`;
      });
    }
    default:
      return undefined;
  }
}

const alone =
  (write: (names: readonly string[]) => string) => (names: readonly string[], value: Uint8Array | null) => {
    if (value) throw new Unreadable("A VARIANT value is there twice.");
    return write(names);
  };

/** The fields that have columns, then those left in `value`. */
function objectWriter(fields: Field[], context: Context) {
  const parts = fields.map(({ name, node }) => ({
    name,
    part: node.kind === "struct" ? partOf(node.fields, context) : undefined,
  }));
  if (parts.some(({ part }) => !part)) return undefined;
  return (names: readonly string[], value: Uint8Array | null): string => {
    const members: string[] = [];
    for (const { name, part } of parts) {
      const json = part?.write(names);
      if (json !== undefined) members.push(`${JSON.stringify(name)}:${json}`);
    }
    for (const [name, rest] of value ? variantFields(value, names) : []) {
      members.push(`${JSON.stringify(name)}:${variantJson(rest, names, context.options)}`);
    }
    return `{${members.join(",")}}`;
  };
}
