import { TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useSingleKey } from "../../components/single-keys.ts";

/** Milliseconds without a key until the list follows: as fast as one types, and not once for each letter. */
const pause = 120;

interface NameFilterProps {
  value: string;
  /** `again`: only goes on from the change before, which need not be a step of its own to go back to. */
  onChange: (name: string, again: boolean) => void;
}

export function NameFilter({ value, onChange }: NameFilterProps) {
  const [draft, setDraft] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const sent = useRef(value);
  const typing = useRef(false);
  const input = useRef<HTMLInputElement>(null);
  useSingleKey("/", () => input.current?.focus());

  // The browser's back button changes it too.
  useEffect(() => {
    if (value === sent.current) return;
    sent.current = value;
    setDraft(value);
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);

  return (
    <TextInput
      ref={input}
      type="search"
      aria-keyshortcuts="/"
      size="sm"
      w={{ base: "100%", xs: 230 }}
      aria-label="Filter by name"
      placeholder="Filter by name"
      leftSection={<IconSearch size={16} stroke={1.7} />}
      value={draft}
      onChange={({ currentTarget: { value: name } }) => {
        setDraft(name);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => {
          sent.current = name;
          onChange(name, typing.current);
          typing.current = true;
        }, pause);
      }}
      onBlur={() => {
        typing.current = false;
      }}
    />
  );
}
