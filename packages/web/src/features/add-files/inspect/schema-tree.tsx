// biome-ignore-all lint/a11y/useSemanticElements: HTML has no element for a tree
import { Button, Checkbox, Text } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import type { SchemaItem } from "@unparquet/core/conversion/engine";
import { type KeyboardEvent, useId, useMemo, useRef, useState } from "react";
import { ColumnSearch } from "../../../components/column-search.tsx";
import { chosenEnds, columnsOfEnds, endsOf, tick } from "./column-choice.ts";
import { found, type SchemaLine, schemaLines } from "./schema-lines.ts";
import classes from "./schema-tree.module.css";

/** Lines a key for a page moves by. */
const page = 10;
const indent = 22;

interface SchemaTreeProps {
  items: SchemaItem[];
  columns: readonly string[] | undefined;
  /** Undefined for all columns. */
  onChange: (columns: string[] | undefined) => void;
}

/** The columns with their types, and which of them to convert. Of thousands, those in view are in the document. */
export function SchemaTree({ items, columns, onChange }: SchemaTreeProps) {
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [wanted, setWanted] = useState("");
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [activePath, setActivePath] = useState<string>();
  const ends = useMemo(() => chosenEnds(items, columns), [items, columns]);
  const lines = useMemo(() => schemaLines(items, wanted, closed), [items, wanted, closed]);
  const active = Math.max(
    0,
    lines.findIndex(({ item }) => item.path === activePath),
  );

  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 28,
    // A name with a dot may look like a path.
    getItemKey: (index) => `${lines[index]?.level} ${lines[index]?.item.path}`,
    overscan: 6,
    // The active line is named by the tree, so it stays.
    rangeExtractor: (range) => [...new Set([active, ...defaultRangeExtractor(range)])].sort((a, b) => a - b),
  });

  const goTo = (index: number) => {
    const next = Math.min(lines.length - 1, Math.max(0, index));
    setActivePath(lines[next]?.item.path);
    virtualizer.scrollToIndex(next);
  };

  const setOpen = ({ item }: SchemaLine, isOpen: boolean) => {
    const after = new Set(closed);
    if (isOpen) after.delete(item.path);
    else after.add(item.path);
    setClosed(after);
  };

  const search = (text: string) => {
    setWanted(text);
    // What is found may be in a closed group.
    setClosed(new Set());
  };

  const stateOf = (item: SchemaItem): boolean | "mixed" => {
    const below = endsOf(item);
    const ticked = below.filter((end) => ends.has(end)).length;
    return ticked === below.length || (ticked > 0 && "mixed");
  };

  const toggle = (item: SchemaItem) => onChange(tick(items, columns, item, stateOf(item) !== true));

  const handleKeyDown = (event: KeyboardEvent) => {
    const line = lines[active];
    if (!line || event.ctrlKey || event.metaKey || event.altKey) return;
    const isGroup = line.item.parts.length > 0;
    const moves: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: lines.length - 1,
    };
    const target = moves[event.key];
    if (target !== undefined) goTo(target);
    else if (event.key === " ") toggle(line.item);
    else if (event.key === "ArrowRight" && isGroup && line.isOpen) goTo(active + 1);
    else if (event.key === "ArrowRight" && isGroup) setOpen(line, true);
    else if (event.key === "ArrowLeft" && isGroup && line.isOpen) setOpen(line, false);
    else if (event.key === "ArrowLeft" && line.parent !== undefined)
      goTo(lines.findIndex(({ item }) => item.path === line.parent));
    else return;
    event.preventDefault();
  };

  return (
    <>
      <div className={classes.bar}>
        <Button variant="default" size="compact-sm" onClick={() => onChange(undefined)}>
          All columns
        </Button>
        <Button variant="default" size="compact-sm" onClick={() => onChange([])}>
          None
        </Button>
        {wanted !== "" && lines.length > 0 && (
          <Button
            variant="default"
            size="compact-sm"
            onClick={() => onChange(columnsOfEnds(items, new Set(found(items, wanted).flatMap(endsOf))))}
          >
            Only these
          </Button>
        )}
        <ColumnSearch count={items.length} value={wanted} onChange={search} />
      </div>
      {lines.length > 0 && (
        <div
          ref={scroller}
          role="tree"
          aria-label="Columns to convert"
          aria-multiselectable
          aria-activedescendant={`${id}-${active}`}
          tabIndex={0}
          className={classes.tree}
          onKeyDown={handleKeyDown}
        >
          <div role="presentation" className={classes.lines} style={{ height: virtualizer.getTotalSize() }}>
            {virtualizer.getVirtualItems().map(({ index, key, start }) => {
              const line = lines[index];
              if (!line) return null;
              const { item, level, position, siblings, isOpen } = line;
              const state = stateOf(item);
              return (
                // biome-ignore lint/a11y/useKeyWithClickEvents: the tree handles the keys of its items
                <div
                  key={key}
                  ref={virtualizer.measureElement}
                  data-index={index}
                  id={`${id}-${index}`}
                  role="treeitem"
                  tabIndex={-1}
                  aria-level={level}
                  aria-setsize={siblings}
                  aria-posinset={position}
                  aria-checked={state}
                  aria-expanded={item.parts.length > 0 ? isOpen : undefined}
                  data-active={index === active || undefined}
                  className={classes.line}
                  style={{ transform: `translateY(${start}px)`, paddingLeft: (level - 1) * indent }}
                  onMouseDown={(event) => event.preventDefault()}
                  onClick={() => {
                    setActivePath(item.path);
                    scroller.current?.focus({ preventScroll: true });
                    toggle(item);
                  }}
                >
                  <Checkbox.Indicator size="xs" checked={state === true} indeterminate={state === "mixed"} />
                  <span className={classes.label}>
                    {item.name} <span className={classes.type}>{shortType(item)}</span>
                  </span>
                  {item.parts.length > 0 && (
                    <IconChevronDown
                      size={16}
                      aria-hidden
                      className={classes.chevron}
                      data-opened={isOpen || undefined}
                      onClick={(event) => {
                        event.stopPropagation();
                        setOpen(line, !isOpen);
                      }}
                    />
                  )}
                </div>
              );
            })}
          </div>
        </div>
      )}
      {lines.length === 0 && (
        <Text size="sm" c="dimmed">
          {items.length === 0 ? "The file has no columns." : "No matching columns."}
        </Text>
      )}
    </>
  );
}

/** The parts of a group are below it, so they are not said twice. */
function shortType({ type, parts }: SchemaItem): string {
  const start = type.indexOf("struct<");
  return parts.length === 0 || start < 0
    ? type
    : `${type.slice(0, start)}struct${">".repeat(start > 0 ? depth(type, start) : 0)}`;
}

const depth = (type: string, end: number) => (type.slice(0, end).match(/</g) ?? []).length;
