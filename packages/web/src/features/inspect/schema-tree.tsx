import { Button, Checkbox, Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { formatCount } from "../../format.ts";
import { chosenEnds, endsOf, tick } from "./column-choice.ts";
import classes from "./file-panel.module.css";
import type { SchemaItem } from "./summary.ts";

/** More than one can take in at a glance. */
const many = 12;
const most = 200;

interface SchemaTreeProps {
  items: SchemaItem[];
  columns: readonly string[] | undefined;
  /** Undefined for all columns. */
  onChange: (columns: string[] | undefined) => void;
}

/** The columns with their types, and which of them to convert. */
export function SchemaTree({ items, columns, onChange }: SchemaTreeProps) {
  const [wanted, setWanted] = useState("");
  const ends = useMemo(() => chosenEnds(items, columns), [items, columns]);
  const found = items.filter(({ name }) => name.toLowerCase().includes(wanted.toLowerCase()));
  const more = found.length - most;

  return (
    <>
      <div className={classes.bar}>
        <Button variant="default" size="compact-sm" onClick={() => onChange(undefined)}>
          All columns
        </Button>
        <Button variant="default" size="compact-sm" onClick={() => onChange([])}>
          None
        </Button>
        {items.length > many && (
          <TextInput
            size="xs"
            w={170}
            aria-label="Find a column"
            placeholder="Find a column"
            leftSection={<IconSearch size={14} />}
            value={wanted}
            onChange={(event) => setWanted(event.currentTarget.value)}
            // Whoever looks for a column does not want to convert yet.
            onKeyDown={(event) => event.key === "Enter" && event.preventDefault()}
          />
        )}
      </div>
      <ul className={classes.tree} aria-label="Columns to convert">
        {found.slice(0, most).map((item) => (
          <Item
            key={item.path}
            item={item}
            ends={ends}
            onTick={(ticked, isTicked) => onChange(tick(items, columns, ticked, isTicked))}
          />
        ))}
      </ul>
      {more > 0 && (
        <Text size="sm" c="dimmed" pt={8}>
          And {formatCount(more)} more: find them by name.
        </Text>
      )}
      {found.length === 0 && (
        <Text size="sm" c="dimmed">
          {items.length === 0 ? "The file has no columns." : "No column has that in its name."}
        </Text>
      )}
    </>
  );
}

interface ItemProps {
  item: SchemaItem;
  ends: ReadonlySet<string>;
  onTick: (item: SchemaItem, isTicked: boolean) => void;
}

function Item({ item, ends, onTick }: ItemProps) {
  const below = endsOf(item);
  const ticked = below.filter((end) => ends.has(end)).length;
  return (
    <li>
      <Checkbox
        size="xs"
        checked={ticked === below.length}
        indeterminate={ticked > 0 && ticked < below.length}
        onChange={(event) => onTick(item, event.currentTarget.checked)}
        label={
          <span className={classes.label}>
            {item.name} <span className={classes.type}>{shortType(item)}</span>
          </span>
        }
      />
      {item.parts.length > 0 && (
        <ul>
          {item.parts.map((part) => (
            <Item key={part.path} item={part} ends={ends} onTick={onTick} />
          ))}
        </ul>
      )}
    </li>
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
