import type { TreeNodeData } from "@mantine/core";
import { formatCount } from "../../../components/format.ts";
import { isNested, type Json } from "./json.ts";

/** Children of one node that are shown; more would be no overview. */
const shown = 200;

export const nodeId = (path: string[]): string => JSON.stringify(path);
export const nodePath = (id: string): string[] => JSON.parse(id) as string[];

export const childrenOf = (value: Json): [key: string, child: Json][] =>
  isNested(value) ? Object.entries(value) : [];

/** The value at a path of keys and positions; undefined where there is none. */
export function valueAtPath(value: Json, path: string[]): Json | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (!isNested(value) || !Object.hasOwn(value, key)) return undefined;
  // Not `in`: an array has a length, which is no element of it.
  if (!isNested(value) || !Object.prototype.propertyIsEnumerable.call(value, key)) return undefined;
  const child: Json | undefined = Reflect.get(value, key);
  return child === undefined ? undefined : valueAtPath(child, rest);
}

/** The tree of a row, with what is under a node made only where the node has been opened. */
export function treeNodes(
  value: Json,
  isGrown: (id: string) => boolean,
  path: string[] = [],
): TreeNodeData[] {
  const children = childrenOf(value);
  const nodes: TreeNodeData[] = children.slice(0, shown).map(([key, child]) => {
    const childPath = [...path, key];
    const id = nodeId(childPath);
    const isParent = childrenOf(child).length > 0;
    return {
      value: id,
      label: key,
      ...(isParent && {
        children: isGrown(id) ? treeNodes(child, isGrown, childPath) : [{ value: `${id}…`, label: "" }],
      }),
    };
  });
  if (children.length > shown) {
    nodes.push({ value: `${nodeId(path)}+`, label: `and ${formatCount(children.length - shown)} more` });
  }
  return nodes;
}
