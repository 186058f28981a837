import { type Field, membersOf, type Node } from "./schema.ts";
import { Unreadable } from "./unreadable.ts";

/** A field to keep: whole, or only the parts below it. */
interface Wanted {
  index: number;
  parts?: Wanted[];
}

/**
 * The fields of `names`, in that order. A name is a top-level column's, or a path `a.b` into a group; lists and maps are
 * passed through. An exact name wins over a path, and parts of one group come together at the place of the first.
 */
export function select(fields: Field[], names: readonly string[]): Field[] {
  const wanted: Wanted[] = [];
  for (const name of names) {
    if (!want(fields, name, wanted)) throw new Unreadable(`There is no column ${JSON.stringify(name)}.`);
  }
  return pick(fields, wanted);
}

function want(fields: Field[], path: string, wanted: Wanted[]): boolean {
  const exact = fields.findIndex((field) => field.name === path);
  if (exact >= 0) {
    const present = wanted.find(({ index }) => index === exact);
    if (present) delete present.parts;
    else wanted.push({ index: exact });
    return true;
  }
  // Names may contain dots themselves, so a path can be split in more than one way.
  return fields.some(({ name, node }, index) => {
    const members = membersOf(node);
    if (!members || !path.startsWith(`${name}.`)) return false;
    const rest = path.slice(name.length + 1);
    const present = wanted.find((candidate) => candidate.index === index);
    if (present) return want(members, rest, present.parts ?? []);
    const parts: Wanted[] = [];
    const found = want(members, rest, parts);
    if (found) wanted.push({ index, parts });
    return found;
  });
}

function pick(fields: Field[], wanted: Wanted[]): Field[] {
  return wanted.flatMap(({ index, parts }) => {
    const field = fields[index];
    if (!field) return [];
    return [parts ? { name: field.name, node: withMembers(field.node, parts) } : field];
  });
}

function withMembers(node: Node, parts: Wanted[]): Node {
  switch (node.kind) {
    case "struct":
      return { ...node, fields: pick(node.fields, parts) };
    case "list":
      return { ...node, element: withMembers(node.element, parts) };
    case "map":
      return node.value ? { ...node, value: withMembers(node.value, parts) } : node;
    default:
      return node;
  }
}
