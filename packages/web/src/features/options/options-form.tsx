import "./mantine.css";
import { Input, NativeSelect, NumberInput, SegmentedControl, SimpleGrid, TagsInput } from "@mantine/core";
import { Options } from "@unparquet/core/job/options";
import { useId } from "react";
import {
  binaryLabels,
  compressionLabels,
  decimalLabels,
  formatLabels,
  integerLabels,
  nonFiniteLabels,
} from "./describe-options.ts";
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

/** Everything a conversion can be told. Only valid options come out of it. Loaded when it is first asked for. */
export default function OptionsForm({ value: given, onChange }: OptionsFormProps) {
  const value = Options.parse(given);
  const set = (changed: { [K in keyof Options]?: Options[K] | undefined }) => {
    const parsed = Options.safeParse({ ...value, ...changed });
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
      <TagsInput
        label="Columns"
        placeholder={value.columns ? "" : "All; type a name, press Enter"}
        splitChars={[]}
        clearable
        value={value.columns ?? []}
        onChange={(columns) => set({ columns: columns.length > 0 ? columns : undefined })}
      />
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
