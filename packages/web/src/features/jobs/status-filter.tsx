import { Chip, Group } from "@mantine/core";
import type { JobStatus } from "@unparquet/core/job/schema";
import { parseStatusFilter, statuses, statusLabel } from "../../api/status.ts";
import { formatCount } from "../../components/format.ts";
import classes from "./status-filter.module.css";

interface StatusFilterProps {
  /** Jobs by status, under the other filters. */
  counts: ReadonlyMap<JobStatus, number>;
  value: JobStatus[];
  onChange: (status: JobStatus[]) => void;
}

// No check mark: it would make a chip wider and move its neighbours.
const look = {
  size: "xs",
  icon: null,
  classNames: { label: classes.chip, iconWrapper: classes.icon },
} as const;

/** The statuses that occur, with how many jobs have each. */
export function StatusFilter({ counts, value, onChange }: StatusFilterProps) {
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return (
    <fieldset className={classes.scroll} aria-label="Show only jobs that are">
      <Group gap={6} wrap="nowrap">
        <Chip {...look} checked={value.length === 0} onChange={() => onChange([])}>
          All {formatCount(all)}
        </Chip>
        <Chip.Group multiple value={value} onChange={(chosen) => onChange(parseStatusFilter(chosen))}>
          {statuses
            .filter((status) => counts.has(status) || value.includes(status))
            .map((status) => (
              <Chip key={status} value={status} {...look}>
                {statusLabel(status)} {formatCount(counts.get(status) ?? 0)}
              </Chip>
            ))}
        </Chip.Group>
      </Group>
    </fieldset>
  );
}
