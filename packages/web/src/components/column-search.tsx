import { TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { memo } from "react";

/** More than one can take in at a glance. */
const many = 12;

interface ColumnSearchProps {
  /** Columns there are. Few need no search. */
  count: number;
  value: string;
  onChange: (value: string) => void;
}

/** Finds columns by a part of their name. */
export const ColumnSearch = memo(function ColumnSearch({ count, value, onChange }: ColumnSearchProps) {
  if (count <= many) return null;
  return (
    <TextInput
      size="xs"
      w={170}
      aria-label="Find a column"
      placeholder="Find a column"
      leftSection={<IconSearch size={14} />}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      // Within a form: whoever looks for a column does not want to send it yet.
      onKeyDown={(event) => event.key === "Enter" && event.preventDefault()}
    />
  );
});

/** Whether a name has in it what is looked for. */
export const matches = (name: string, wanted: string): boolean =>
  name.toLowerCase().includes(wanted.toLowerCase());
