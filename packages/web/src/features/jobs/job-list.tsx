import { Group, Paper, Skeleton, Text, Title } from "@mantine/core";
import type { JobSummary } from "@unparquet/core/job/schema";
import { useMemo } from "react";
import { isLoaded } from "../../api/job-book.ts";
import { formatCount } from "../../components/format.ts";
import { countJobs } from "./bulk.ts";
import { BulkBar } from "./bulk-bar.tsx";
import { ColumnChooser } from "./column-chooser.tsx";
import classes from "./job-list.module.css";
import { useJobsTable } from "./jobs-columns.tsx";
import { JobsTable } from "./jobs-table.tsx";
import { countStatuses, filterJobs, isFiltered, type JobsView, sinceOf } from "./jobs-view.ts";
import { NameFilter } from "./name-filter.tsx";
import { NoJobs } from "./no-jobs.tsx";
import type { SelectionAddress } from "./selection-address.ts";
import { SortMenu } from "./sort-menu.tsx";
import { StatusFilter } from "./status-filter.tsx";
import { TimeFilter } from "./time-filter.tsx";
import { useJobs } from "./use-jobs.ts";
import { useSelection } from "./use-selection.ts";
import { useStatusAnnouncements } from "./use-status-announcements.ts";

interface JobListProps {
  view: JobsView;
  /** `again`: goes on from the change before, and is no step of its own to go back to. */
  onViewChange: (change: { [Key in keyof JobsView]: JobsView[Key] | undefined }, again?: boolean) => void;
  selected: SelectionAddress | undefined;
  onSelected: (address: SelectionAddress | undefined) => Promise<void>;
}

const none: readonly JobSummary[] = [];

export function JobList({ view, onViewChange, selected, onSelected }: JobListProps) {
  const now = Date.now();
  const since = sinceOf(view, now);
  const book = useJobs(since);
  const jobs = book?.jobs ?? none;
  // Not `now`: a span's begin moves on with the next change of the list.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const filtered = useMemo(() => filterJobs(jobs, view, now), [jobs, view]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const counts = useMemo(() => countStatuses(jobs, view, now), [jobs, view]);
  const table = useJobsTable(filtered, view, onViewChange);
  const { rows } = table.getRowModel();
  const shown = useMemo(() => rows.map(({ original }) => original), [rows]);
  const loaded = book !== undefined && isLoaded(book, since);
  const selection = useSelection({
    jobs: shown,
    isLoaded: loaded,
    view,
    address: selected,
    onAddress: onSelected,
  });
  useStatusAnnouncements(jobs);

  return (
    <section aria-labelledby="jobs" className={classes.section}>
      <Group justify="space-between" align="baseline" gap="sm" wrap="nowrap" mb={10}>
        <Title order={2} size="h4" id="jobs">
          Jobs
        </Title>
        <Text size="sm" c="dimmed" className={classes.count}>
          {book && describeCount(shown.length, jobs.length, loaded, isFiltered(view))}
        </Text>
      </Group>
      <div className={classes.head}>
        <StatusFilter
          counts={counts}
          value={view.status ?? []}
          onChange={(status) => onViewChange({ status })}
        />
        <Group gap="xs">
          <NameFilter
            value={view.name ?? ""}
            onChange={(name, again) => onViewChange({ name: name || undefined }, again)}
          />
          <TimeFilter value={view} onChange={({ from, to }) => onViewChange({ from, to })} />
          <SortMenu table={table} />
          <ColumnChooser table={table} />
        </Group>
      </div>
      <Paper withBorder>
        {book === undefined ? (
          <WaitingRows />
        ) : shown.length === 0 ? (
          <NoJobs
            isFiltered={isFiltered(view)}
            isLoaded={loaded}
            onShowAll={() =>
              onViewChange({ status: undefined, name: undefined, from: undefined, to: undefined })
            }
          />
        ) : (
          <JobsTable table={table} jobs={shown} selection={selection} />
        )}
      </Paper>
      <BulkBar jobs={selection.jobs} onClear={selection.clear} />
    </section>
  );
}

/** Honest about what is not there yet: "12 of 5,000 jobs", "1,200 loaded, loading more…". */
function describeCount(shown: number, all: number, loaded: boolean, filtered: boolean): string {
  const known = loaded ? countJobs(all) : `${formatCount(all)} loaded, loading more…`;
  return filtered ? `${formatCount(shown)} of ${known}` : known;
}

function WaitingRows() {
  return (
    <div aria-busy="true" role="status" aria-label="Loading the jobs">
      {["a", "b", "c", "d"].map((key) => (
        <div key={key} className={classes.waiting}>
          <Skeleton height={14} width="38%" />
          <Skeleton height={10} width="22%" mt={8} />
        </div>
      ))}
    </div>
  );
}
