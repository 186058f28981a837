import { Menu, TextInput } from "@mantine/core";
import type { OfButton } from "../../components/menu-button.tsx";
import { OpenedMenu } from "../../components/opened-menu.tsx";
import { isSpan, type Span } from "./jobs-view.ts";
import { spanLabels, type TimeFilterProps } from "./time-filter.tsx";

/** What a `datetime-local` field holds: the reader's own time, to the minute. */
function toLocal(iso: string | undefined): string {
  if (iso === undefined || isSpan(iso)) return "";
  const time = new Date(iso);
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
const toIso = (local: string) => (local === "" ? undefined : new Date(local).toISOString());

export default function TimeChoices({ button, value, onChange }: TimeFilterProps & OfButton) {
  const change = (part: { from?: string | undefined; to?: string | undefined }) => {
    const { from, to } = { ...value, ...part };
    onChange({ ...(from && { from }), ...(to && { to }) });
  };
  return (
    <OpenedMenu button={button} position="bottom-start" width={240}>
      <Menu.RadioGroup
        value={value.to ? "" : (value.from ?? "any")}
        onChange={(span) => onChange(isSpan(span) ? { from: span } : {})}
      >
        <Menu.RadioItem value="any">Any time</Menu.RadioItem>
        {(Object.keys(spanLabels) as Span[]).map((span) => (
          <Menu.RadioItem key={span} value={span}>
            {spanLabels[span]}
          </Menu.RadioItem>
        ))}
      </Menu.RadioGroup>
      <Menu.Divider />
      <div style={{ padding: 8 }}>
        <TextInput
          type="datetime-local"
          size="xs"
          label="From"
          value={toLocal(value.from)}
          onChange={({ currentTarget }) => change({ from: toIso(currentTarget.value) })}
        />
        <TextInput
          type="datetime-local"
          size="xs"
          mt={6}
          label="Before"
          value={toLocal(value.to)}
          onChange={({ currentTarget }) => change({ to: toIso(currentTarget.value) })}
        />
      </div>
    </OpenedMenu>
  );
}
