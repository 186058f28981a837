import type { SchemaElement, SchemaTree } from "hyparquet";
import { type Scalar, scalarOf } from "./scalar.ts";
import { uniqueNames } from "./unique-names.ts";
import { Unreadable } from "./unreadable.ts";

/** A named member of the row or of a group. Names are unique among siblings. */
export interface Field {
  name: string;
  node: Node;
}

/** Levels as in Dremel: a node is present where the definition level is at least `definition`. */
export type Node = { definition: number } & (
  | { kind: "scalar"; column: number; scalar: Scalar }
  | { kind: "struct" | "variant"; fields: Field[] }
  | { kind: "list"; repeated: Levels; element: Node }
  /** Without a value column, a set of the keys. */
  | { kind: "map"; repeated: Levels; key: Node; value?: Node }
);

interface Levels {
  definition: number;
  repetition: number;
}

/** A column of the file: a leaf, the path to it from the root, and its highest levels. */
export interface Leaf extends Levels {
  element: SchemaElement;
  path: SchemaTree[];
}

export interface Schema {
  fields: Field[];
  leaves: Leaf[];
}

/** The shape of a file's rows: groups, lists and maps as a tree. */
export function readSchema(root: SchemaTree): Schema {
  const leaves: Leaf[] = [];

  function fieldsOf(path: SchemaTree[], group: SchemaTree, levels: Levels): Field[] {
    const names = uniqueNames(group.children.map(({ element }) => element.name));
    return group.children.map((child, index) => ({
      name: names[index] ?? child.element.name,
      node: fieldNode(path, child, levels),
    }));
  }

  function fieldNode(path: SchemaTree[], field: SchemaTree, levels: Levels): Node {
    switch (field.element.repetition_type) {
      case "OPTIONAL":
        return present(path, field, { ...levels, definition: levels.definition + 1 });
      case "REPEATED": {
        // Repeated outside of LIST and MAP: a required list of required elements.
        const repeated = repeat(levels);
        const element = present(path, field, repeated);
        return { kind: "list", definition: levels.definition, repeated, element };
      }
      default:
        return present(path, field, levels);
    }
  }

  /** `field` where it is not null: `levels` include its own. */
  function present(parents: SchemaTree[], field: SchemaTree, levels: Levels): Node {
    const path = [...parents, field];
    const { definition } = levels;
    if (field.element.type !== undefined) {
      leaves.push({ element: field.element, path, ...levels });
      return { kind: "scalar", definition, column: leaves.length - 1, scalar: scalarOf(field.element) };
    }
    if (field.children.length === 0) {
      throw new Unreadable(`The column ${field.element.name} is a group without fields.`);
    }
    const [child] = field.children;
    const repeated = field.children.length === 1 && child && isRepeated(child) ? child : undefined;
    const annotation = annotationOf(field.element);
    if (annotation === "list" && repeated) return listNode(path, field, repeated, levels);
    if (annotation === "map" && repeated) {
      const [key, value, ...more] = repeated.children;
      if (key && more.length === 0) return mapNode([...path, repeated], key, value, levels);
    }
    const kind = annotation === "variant" ? annotation : "struct";
    return { kind, definition, fields: fieldsOf(path, field, levels) };
  }

  /**
   * A LIST group; which part of it is the element follows the backward-compatibility rules of
   * https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists
   */
  function listNode(path: SchemaTree[], group: SchemaTree, entry: SchemaTree, levels: Levels): Node {
    const repeated = repeat(levels);
    const [only, ...more] = entry.children;
    const isElement =
      !only ||
      more.length > 0 ||
      isRepeated(only) ||
      entry.element.name === "array" ||
      entry.element.name === `${group.element.name}_tuple`;
    const element = isElement ? present(path, entry, repeated) : fieldNode([...path, entry], only, repeated);
    return { kind: "list", definition: levels.definition, repeated, element };
  }

  function mapNode(path: SchemaTree[], key: SchemaTree, value: SchemaTree | undefined, levels: Levels): Node {
    const repeated = repeat(levels);
    const keyNode = fieldNode(path, key, repeated);
    const map = { kind: "map", definition: levels.definition, repeated, key: keyNode } as const;
    return value ? { ...map, value: fieldNode(path, value, repeated) } : map;
  }

  return { fields: fieldsOf([root], root, { definition: 0, repetition: 0 }), leaves };
}

const repeat = ({ definition, repetition }: Levels): Levels => ({
  definition: definition + 1,
  repetition: repetition + 1,
});

const isRepeated = ({ element }: SchemaTree) => element.repetition_type === "REPEATED";

/** Annotations of the old kind count where there is none of the new. */
function annotationOf({ logical_type: logical, converted_type: converted }: SchemaElement) {
  if (logical) {
    if (logical.type === "LIST") return "list";
    if (logical.type === "MAP") return "map";
    return logical.type === "VARIANT" ? "variant" : undefined;
  }
  if (converted === "LIST") return "list";
  return converted === "MAP" || converted === "MAP_KEY_VALUE" ? "map" : undefined;
}

/** The columns below a node, in order. */
export function columnsOf(node: Node): number[] {
  switch (node.kind) {
    case "scalar":
      return [node.column];
    case "struct":
    case "variant":
      return node.fields.flatMap((field) => columnsOf(field.node));
    case "list":
      return columnsOf(node.element);
    case "map":
      return [...columnsOf(node.key), ...(node.value ? columnsOf(node.value) : [])];
  }
}

/** The members a path of names can go on with: a group's, through lists (to the element) and maps (to the value). */
export function membersOf(node: Node): Field[] | undefined {
  switch (node.kind) {
    case "struct":
      return node.fields;
    case "list":
      return membersOf(node.element);
    case "map":
      return node.value && membersOf(node.value);
    default:
      return undefined;
  }
}
