import { Tree, useTree } from "@mantine/core";
import { IconChevronRight, IconCopy } from "@tabler/icons-react";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { formatCount } from "../../../components/format.ts";
import { asksForCopy, copyText } from "../../../components/grid/copy-text.ts";
import { Value } from "../../../components/grid/value.tsx";
import { type Json, toClipboard, toText } from "./json.ts";
import { cellOf, foldedLength } from "./json-cell.ts";
import classes from "./row-tree.module.css";
import { childrenOf, nodeId, nodePath, treeNodes, valueAtPath } from "./tree-nodes.ts";

/** Characters of an opened string; what is longer is for the download. */
const openedLength = 20_000;

interface RowTreeProps {
  row: Json;
  /** Its number, from 1. */
  number: number;
  hasFocus: boolean;
}

/** One row as a tree; its objects and arrays are open at first, what is inside them is not. */
export function RowTree({ row, number, hasFocus }: RowTreeProps) {
  const section = useRef<HTMLElement>(null);
  const open = childrenOf(row).map(([key]) => nodeId([key]));
  // Of nodes that are folded again the children stay, as the tree starts over with every other array it is given.
  const [grown, setGrown] = useState<ReadonlySet<string>>(() => new Set(open));
  const tree = useTree({
    initialExpandedState: Object.fromEntries(open.map((id) => [id, true])),
    onNodeExpand: (id) => setGrown((before) => new Set(before).add(id)),
  });
  const nodes = useMemo(() => treeNodes(row, (id) => grown.has(id)), [row, grown]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: only once, when it is first drawn
  useEffect(() => {
    if (hasFocus)
      section.current?.querySelector<HTMLElement>("[role=treeitem]")?.focus({ preventScroll: true });
  }, []);

  const copy = (id: string) => {
    const path = nodePath(id);
    const value = valueAtPath(row, path);
    void copyText(
      value === undefined ? undefined : toClipboard(value),
      `${path.join(".")} of row ${formatCount(number)}`,
    );
  };

  const handleKeyDown = (event: KeyboardEvent) => {
    const id = document.activeElement?.closest<HTMLElement>("[role=treeitem]")?.dataset.value;
    if (id === undefined || !id.endsWith("]") || !asksForCopy(event)) return;
    event.preventDefault();
    copy(id);
  };

  return (
    <section ref={section} className={classes.tree} aria-label={`Row ${number}`} onKeyDown={handleKeyDown}>
      <Tree
        aria-label={`Row ${number} as a tree`}
        tree={tree}
        data={nodes}
        levelOffset={18}
        renderNode={({ node, hasChildren, expanded, elementProps }) => {
          const value = node.value.endsWith("]") ? valueAtPath(row, nodePath(node.value)) : undefined;
          return (
            <div {...elementProps} className={`${elementProps.className} ${classes.node}`}>
              <IconChevronRight
                size={14}
                aria-hidden
                className={classes.chevron}
                data-open={expanded || undefined}
                data-hidden={!hasChildren || undefined}
              />
              <span className={classes.key}>{node.label}</span>
              {value !== undefined && <TreeValue value={value} />}
              {value !== undefined && (
                <button
                  type="button"
                  tabIndex={-1}
                  className={classes.copy}
                  aria-label={`Copy ${node.label}`}
                  onClick={(event) => {
                    event.stopPropagation();
                    copy(node.value);
                  }}
                >
                  <IconCopy size={14} />
                </button>
              )}
            </div>
          );
        }}
      />
    </section>
  );
}

function TreeValue({ value }: { value: Json }) {
  const [open, setOpen] = useState(false);
  if (typeof value !== "string" || value.length <= foldedLength) return <Value cell={cellOf(value)} />;
  return (
    <span className={classes.long}>
      {open ? (
        <span className={classes.text}>
          {toText(value.slice(0, openedLength))}
          {value.length > openedLength && ` … of ${formatCount(value.length)} characters`}
        </span>
      ) : (
        <Value cell={cellOf(value)} />
      )}
      <button type="button" className={classes.more} aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? "Fold" : "Unfold"}
      </button>
    </span>
  );
}
