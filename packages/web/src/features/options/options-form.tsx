import "./mantine.css";
import {
  Button,
  Group,
  Input,
  NativeSelect,
  NumberInput,
  SegmentedControl,
  SimpleGrid,
  TagsInput,
  Text,
} from "@mantine/core";
import type { SchemaItem } from "@unparquet/core/conversion/engine";
import { useId, useMemo } from "react";
import { formatCount } from "../../components/format.ts";
import { describeMissing, missingColumn, parseColumns, pathsOf, similarColumn } from "./column-names.ts";
import { type ChoiceName, choiceLabels, choiceNames } from "./describe-options.ts";
import { Options } from "./options.ts";
import { optionsGrid } from "./options-grid.ts";
import { limitProblem } from "./problem.ts";

interface OptionsFormProps {
  /** What is not set is shown as the API's default. */
  value: Partial<Options>;
  /** The columns of the file, where they are known. */
  items?: readonly SchemaItem[] | undefined;
  onChange: (options: Partial<Options>) => void;
}

interface ChoiceProps {
  name: ChoiceName;
  value: string;
  onChange: (value: string) => void;
}

const choicesOf = (name: ChoiceName) =>
  Object.entries<string>(choiceLabels[name].choices).map(([value, label]) => ({ value, label }));

function Segments({ name, value, onChange }: ChoiceProps) {
  const id = useId();
  return (
    <Input.Wrapper label={choiceLabels[name].label} labelElement="div" labelProps={{ id }}>
      <SegmentedControl
        fullWidth
        aria-labelledby={id}
        data={choicesOf(name)}
        value={value}
        onChange={onChange}
      />
    </Input.Wrapper>
  );
}

function Choice({ name, value, onChange }: ChoiceProps) {
  return (
    <NativeSelect
      label={choiceLabels[name].label}
      data={choicesOf(name)}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

/** Names that can be seen one by one. Thousands would take seconds to be drawn. */
const mostNames = 50;
const mostSuggestions = 30;

interface ColumnsProps {
  names: readonly string[] | undefined;
  /** The columns of the file, where they are known. */
  items: readonly SchemaItem[] | undefined;
  onChange: (names: string[] | undefined) => void;
}

function Columns({ names, items, onChange }: ColumnsProps) {
  const id = useId();
  const suggestions = useMemo(() => (items ? [...pathsOf(items)] : []), [items]);
  if (names && names.length > mostNames) {
    return (
      <Input.Wrapper label="Columns" labelElement="div" labelProps={{ id }}>
        <Group role="group" aria-labelledby={id} gap="xs" mih={36}>
          <Text size="sm">{formatCount(names.length)} by name</Text>
          <Button variant="default" size="compact-sm" onClick={() => onChange(undefined)}>
            All columns
          </Button>
        </Group>
      </Input.Wrapper>
    );
  }
  const missing = items && missingColumn(items, names);
  const similar = items && missing !== undefined ? similarColumn(items, missing) : undefined;
  return (
    <TagsInput
      label="Columns"
      placeholder={names?.length ? "" : "All — type or paste names"}
      data={suggestions}
      limit={mostSuggestions}
      splitChars={[]}
      // Above the field, where the suggestions do not cover it.
      inputWrapperOrder={["label", "error", "input"]}
      comboboxProps={{ position: "bottom", middlewares: { flip: false } }}
      clearable
      error={
        items &&
        missing !== undefined && (
          <>
            {describeMissing(items, missing)}{" "}
            {similar !== undefined && (
              <Button
                variant="light"
                size="compact-xs"
                onClick={() => onChange(names?.map((name) => (name === missing ? similar : name)))}
              >
                Use {similar}
              </Button>
            )}
          </>
        )
      }
      value={[...(names ?? [])]}
      onChange={(typed) => {
        const columns = new Set(
          typed.flatMap((text) => (names?.includes(text) ? [text] : parseColumns(text, items))),
        );
        onChange(columns.size > 0 ? [...columns] : undefined);
      }}
    />
  );
}

const defaults = Options.parse({});
const asSegments: ChoiceName[] = ["format", "compression"];
const asSelects = choiceNames.filter((name) => !asSegments.includes(name));

/** Everything a conversion can be told. What cannot work is said at its field. Loaded when it is first asked for. */
export default function OptionsForm({ value: given, items, onChange }: OptionsFormProps) {
  const value = { ...defaults, ...given };
  const set = (name: keyof Options, chosen: unknown) => {
    const { [name]: _, ...rest } = value;
    onChange(chosen === undefined ? rest : { ...rest, [name]: chosen });
  };
  const choice = (name: ChoiceName) => ({
    name,
    value: value[name],
    onChange: (choice: string) => set(name, choice),
  });

  return (
    <SimpleGrid {...optionsGrid}>
      {asSegments.map((name) => (
        <Segments key={name} {...choice(name)} />
      ))}
      <Columns names={value.columns} items={items} onChange={(columns) => set("columns", columns)} />
      <NumberInput
        label="Row limit"
        placeholder="All"
        inputMode="numeric"
        clampBehavior="none"
        thousandSeparator=","
        hideControls
        error={Options.shape.limit.safeParse(value.limit).success ? undefined : limitProblem}
        value={value.limit ?? ""}
        onChange={(limit) => set("limit", limit === "" ? undefined : Number(limit))}
      />
      {asSelects.map((name) => (
        <Choice key={name} {...choice(name)} />
      ))}
    </SimpleGrid>
  );
}
