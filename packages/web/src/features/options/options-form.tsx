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
import { useId } from "react";
import { formatCount } from "../../format.ts";
import { type ChoiceName, choiceLabels, choiceNames } from "./describe-options.ts";
import { Options } from "./options.ts";
import { optionsGrid } from "./options-grid.ts";

interface OptionsFormProps {
  /** What is not set is shown as the API's default. */
  value: Partial<Options>;
  onChange: (options: Options) => void;
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

interface ColumnsProps {
  names: readonly string[] | undefined;
  onChange: (names: string[] | undefined) => void;
}

function Columns({ names, onChange }: ColumnsProps) {
  const id = useId();
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
  return (
    <TagsInput
      label="Columns"
      placeholder={names?.length ? "" : `${names ? "None" : "All"}; type a name, press Enter`}
      splitChars={[]}
      clearable
      value={[...(names ?? [])]}
      onChange={(columns) => onChange(columns.length > 0 ? columns : undefined)}
    />
  );
}

const Others = Options.omit({ columns: true });
const asSegments: ChoiceName[] = ["format", "compression"];
const asSelects = choiceNames.filter((name) => !asSegments.includes(name));

/** Everything a conversion can be told. Nothing invalid is added in it. Loaded when it is first asked for. */
export default function OptionsForm({ value: { columns, ...given }, onChange }: OptionsFormProps) {
  const value = Others.parse(given);
  const set = (changed: { [Name in keyof Options]?: unknown }) => {
    const parsed = Others.safeParse({ ...value, ...changed });
    if (parsed.success) onChange({ ...parsed.data, ...(columns ? { columns } : {}) });
  };
  const setColumns = (names: string[] | undefined) => {
    const parsed = Options.safeParse({ ...value, columns: names });
    if (parsed.success) onChange(parsed.data);
  };
  const choice = (name: ChoiceName) => ({
    name,
    value: value[name],
    onChange: (choice: string) => set({ [name]: choice }),
  });

  return (
    <SimpleGrid {...optionsGrid}>
      {asSegments.map((name) => (
        <Segments key={name} {...choice(name)} />
      ))}
      <Columns names={columns} onChange={setColumns} />
      <NumberInput
        label="Rows at most"
        placeholder="All"
        min={1}
        max={Number.MAX_SAFE_INTEGER}
        allowDecimal={false}
        allowNegative={false}
        thousandSeparator=","
        hideControls
        value={value.limit ?? ""}
        onChange={(limit) => set({ limit: typeof limit === "number" ? limit : undefined })}
      />
      {asSelects.map((name) => (
        <Choice key={name} {...choice(name)} />
      ))}
    </SimpleGrid>
  );
}
