import { ActionIcon, Button, CopyButton, Group, Popover, Stack, Text, TextInput } from "@mantine/core";
import { IconBookmark, IconCheck, IconLink, IconX } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { announce } from "../../components/live-region.tsx";
import type { Options } from "./options.ts";
import { linkToOptions, type Presets, readPresets, writePresets } from "./options-memory.ts";

interface OptionsMenuProps {
  value: Partial<Options>;
  onChange: (options: Partial<Options>) => void;
}

/** Options under names of one's own, a link that carries them, and the way back to the defaults. */
export function OptionsMenu({ value, onChange }: OptionsMenuProps) {
  const [isOpen, setOpen] = useState(false);
  const [presets, setPresets] = useState(readPresets);
  const [name, setName] = useState("");
  const hasOptions = Object.keys(value).length > 0;

  const change = (changed: Presets) => {
    setPresets(changed);
    writePresets(changed);
    // Open, it would lose the focus with the button that was pressed.
    setOpen(false);
  };
  const save = (event: FormEvent) => {
    event.preventDefault();
    // The form is within that of the chosen files, as React sees it.
    event.stopPropagation();
    if (name.trim() === "") return;
    change({ ...presets, [name.trim()]: value });
    announce(`Preset ${name.trim()} saved`);
    setName("");
  };

  return (
    <Group gap="xs">
      <Popover
        opened={isOpen}
        onChange={setOpen}
        position="bottom-start"
        width={280}
        trapFocus
        returnFocus
        withRoles
      >
        <Popover.Target>
          <Button
            variant="default"
            size="compact-sm"
            leftSection={<IconBookmark size={15} stroke={1.7} />}
            onClick={() => setOpen(!isOpen)}
          >
            Presets
          </Button>
        </Popover.Target>
        <Popover.Dropdown aria-label="Presets">
          <Stack gap="sm">
            {Object.entries(presets).map(([preset, options]) => (
              <Group key={preset} gap={4} wrap="nowrap">
                <Button
                  variant="subtle"
                  size="compact-md"
                  justify="start"
                  flex={1}
                  onClick={() => {
                    onChange(options);
                    setOpen(false);
                  }}
                >
                  {preset}
                </Button>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={`Delete the preset ${preset}`}
                  onClick={() =>
                    change(Object.fromEntries(Object.entries(presets).filter(([key]) => key !== preset)))
                  }
                >
                  <IconX size={15} stroke={1.7} />
                </ActionIcon>
              </Group>
            ))}
            {Object.keys(presets).length === 0 && (
              <Text size="sm" c="dimmed">
                Save options under a name to use them again.
              </Text>
            )}
            <form onSubmit={save}>
              <Group gap="xs" align="end" wrap="nowrap">
                <TextInput
                  label="Save as"
                  size="sm"
                  flex={1}
                  value={name}
                  onChange={(event) => setName(event.currentTarget.value)}
                />
                <Button type="submit" size="sm" disabled={name.trim() === ""}>
                  Save
                </Button>
              </Group>
            </form>
          </Stack>
        </Popover.Dropdown>
      </Popover>
      <CopyButton value={linkToOptions(value)}>
        {({ copied, copy }) => (
          <Button
            variant="default"
            size="compact-sm"
            leftSection={copied ? <IconCheck size={15} /> : <IconLink size={15} stroke={1.7} />}
            onClick={() => {
              copy();
              announce("Link with these options copied");
            }}
          >
            {copied ? "Copied" : "Copy link with options"}
          </Button>
        )}
      </CopyButton>
      {hasOptions && (
        <Button variant="subtle" color="gray" size="compact-sm" onClick={() => onChange({})}>
          Reset
        </Button>
      )}
    </Group>
  );
}
