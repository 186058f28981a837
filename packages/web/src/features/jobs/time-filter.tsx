import { Button } from "@mantine/core";
import { IconCalendar } from "@tabler/icons-react";
import { prefetched } from "../../components/fetch-part.ts";
import { formatTime } from "../../components/format.ts";
import { MenuButton } from "../../components/menu-button.tsx";
import { isSpan, type JobsView, type Span } from "./jobs-view.ts";

export const spanLabels: Record<Span, string> = {
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

export interface TimeFilterProps {
  value: Range;
  onChange: (range: Range) => void;
}

const load = prefetched(() => import("./time-choices.tsx"));

/** When the jobs were created: a span back from now, or two times. */
export function TimeFilter(props: TimeFilterProps) {
  const said = describe(props.value);
  return (
    <MenuButton
      button={
        <Button
          variant="default"
          fw={500}
          px="sm"
          leftSection={<IconCalendar size={16} stroke={1.7} />}
          aria-label={`Created: ${said}`}
        >
          {said}
        </Button>
      }
      load={load}
      menu={props}
    />
  );
}
