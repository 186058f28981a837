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
import {
  binaryLabels,
  compressionLabels,
  decimalLabels,
  formatLabels,
  integerLabels,
  nonFiniteLabels,
} from "./describe-options.ts";
import { Options } from "./options.ts";
import { optionsGrid } from "./options-grid.ts";

interface OptionsFormProps {
  /** What is not set is shown as the API's default. */
  value: Partial<Options>;
  onChange: (options: Options) => void;
}

interface ChoiceProps<T extends string> {
  label: string;
  labels: Record<T, string>;
  value: T;
  onChange: (value: T) => void;
}

const choices = <T extends string>(labels: Record<T, string>) =>
  (Object.keys(labels) as T[]).map((value) => ({ value, label: labels[value] }));

function Segments<T extends string>({ label, labels, value, onChange }: ChoiceProps<T>) {
  const id = useId();
  return (
    <Input.Wrapper label={label} labelElement="div" labelProps={{ id }}>
      <SegmentedControl<T>
        fullWidth
        aria-labelledby={id}
        data={choices(labels)}
        value={value}
        onChange={onChange}
      />
    </Input.Wrapper>
  );
}

function Choice<T extends string>({ label, labels, value, onChange }: ChoiceProps<T>) {
  return (
    <NativeSelect
      label={label}
      data={choices(labels)}
      value={value}
      onChange={(event) => {
        const choice = choices(labels).find((candidate) => candidate.value === event.currentTarget.value);
        if (choice) onChange(choice.value);
      }}
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

/** Everything a conversion can be told. Nothing invalid is added in it. Loaded when it is first asked for. */
export default function OptionsForm({ value: { columns, ...given }, onChange }: OptionsFormProps) {
  const value = Others.parse(given);
  const set = (changed: { [K in keyof Options]?: Options[K] | undefined }) => {
    const parsed = Others.safeParse({ ...value, ...changed });
    if (parsed.success) onChange({ ...parsed.data, ...(columns ? { columns } : {}) });
  };
  const setColumns = (names: string[] | undefined) => {
    const parsed = Options.safeParse({ ...value, columns: names });
    if (parsed.success) onChange(parsed.data);
  };

  return (
    <SimpleGrid {...optionsGrid}>
      <Segments
        label="Format"
        labels={formatLabels}
        value={value.format}
        onChange={(format) => set({ format })}
      />
      <Segments
        label="Compression"
        labels={compressionLabels}
        value={value.compression}
        onChange={(compression) => set({ compression })}
      />
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
      <Choice
        label="Large integers"
        labels={integerLabels}
        value={value.integers}
        onChange={(integers) => set({ integers })}
      />
      <Choice
        label="Decimals"
        labels={decimalLabels}
        value={value.decimals}
        onChange={(decimals) => set({ decimals })}
      />
      <Choice
        label="Binary"
        labels={binaryLabels}
        value={value.binary}
        onChange={(binary) => set({ binary })}
      />
      <Choice
        label="NaN and infinities"
        labels={nonFiniteLabels}
        value={value.nonFinite}
        onChange={(nonFinite) => set({ nonFinite })}
      />
    </SimpleGrid>
  );
}
