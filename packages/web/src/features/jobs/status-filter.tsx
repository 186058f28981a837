import { Chip, Group } from "@mantine/core";
import type { JobStatus } from "@unparquet/core/job/schema";
import { parseStatusFilter, statuses, statusLabel } from "./status.ts";
import classes from "./status-filter.module.css";

interface StatusFilterProps {
  value: JobStatus[];
  onChange: (status: JobStatus[]) => void;
}

// No check mark: it would make a chip wider and move its neighbours.
const look = {
  size: "xs",
  icon: null,
  classNames: { label: classes.chip, iconWrapper: classes.icon },
} as const;

export function StatusFilter({ value, onChange }: StatusFilterProps) {
  return (
    <fieldset className={classes.scroll} aria-label="Show only jobs that are">
      <Group gap={6} wrap="nowrap">
        <Chip {...look} checked={value.length === 0} onChange={() => onChange([])}>
          All
        </Chip>
        <Chip.Group multiple value={value} onChange={(chosen) => onChange(parseStatusFilter(chosen))}>
          {statuses.map((status) => (
            <Chip key={status} value={status} {...look}>
              {statusLabel(status)}
            </Chip>
          ))}
        </Chip.Group>
      </Group>
    </fieldset>
  );
}
