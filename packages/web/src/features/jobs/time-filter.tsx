import { Button, Menu, TextInput } from "@mantine/core";
import { IconCalendar } from "@tabler/icons-react";
import { formatTime } from "../../components/format.ts";
import { isSpan, type JobsView, type Span } from "./jobs-view.ts";

const spanLabels: Record<Span, string> = {
  "1h": "Last hour",
  "24h": "Last 24 hours",
  "7d": "Last 7 days",
  "30d": "Last 30 days",
};

type Range = Pick<JobsView, "from" | "to">;

function describe({ from, to }: Range): string {
  if (isSpan(from) && !to) return spanLabels[from];
  const since = isSpan(from) ? spanLabels[from] : from && `since ${formatTime(from)}`;
  return [since, to && `before ${formatTime(to)}`].filter(Boolean).join(", ") || "Any time";
}

/** What a `datetime-local` field holds: the reader's own time, to the minute. */
function toLocal(iso: string | undefined): string {
  if (iso === undefined || isSpan(iso)) return "";
  const time = new Date(iso);
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
const toIso = (local: string) => (local === "" ? undefined : new Date(local).toISOString());

interface TimeFilterProps {
  value: Range;
  onChange: (range: Range) => void;
}

/** When the jobs were created: a span back from now, or two times. */
export function TimeFilter({ value, onChange }: TimeFilterProps) {
  const said = describe(value);
  const change = (part: { from?: string | undefined; to?: string | undefined }) => {
    const { from, to } = { ...value, ...part };
    onChange({ ...(from && { from }), ...(to && { to }) });
  };
  return (
    <Menu position="bottom-start" width={240}>
      <Menu.Target>
        <Button
          variant="default"
          fw={500}
          px="sm"
          leftSection={<IconCalendar size={16} stroke={1.7} />}
          aria-label={`Created: ${said}`}
        >
          {said}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
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
      </Menu.Dropdown>
    </Menu>
  );
}
