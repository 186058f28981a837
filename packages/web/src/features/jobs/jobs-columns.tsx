import {
  type Column,
  columnSizingFeature,
  columnVisibilityFeature,
  createColumnHelper,
  createSortedRowModel,
  functionalUpdate,
  metaHelper,
  rowSortingFeature,
  sortFn_basic,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import type { JobSummary } from "@unparquet/core/job/schema";
import { type ReactNode, useMemo } from "react";
import { statuses } from "../../api/status.ts";
import { Ago } from "../../components/ago.tsx";
import { formatBytes, formatCount, formatDuration } from "../../components/format.ts";
import { jobDuration } from "./job-duration.ts";
import { type JobsView, type OptionalColumn, optionalColumns, sortingOf, sortOf } from "./jobs-view.ts";

interface ColumnMeta {
  /** What a row shows of its job. A row is drawn again only when its job has changed, so it gets no cell of the table's. */
  show: (job: JobSummary) => ReactNode;
}

const features = tableFeatures({
  columnMeta: metaHelper<ColumnMeta>(),
  columnSizingFeature,
  columnVisibilityFeature,
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
});
const helper = createColumnHelper<typeof features, JobSummary>();

export type JobsTable = ReturnType<typeof useJobsTable>;
export type JobsColumn = Column<typeof features, JobSummary>;

export const headOf = ({ columnDef }: JobsColumn) => String(columnDef.header);

const byName = new Intl.Collator("en-GB", { numeric: true, sensitivity: "base" });

/** The first click on a head sorts names from A, and numbers and times from the largest. */
const columns = helper.columns([
  helper.accessor("filename", {
    id: "name",
    header: "Name",
    enableHiding: false,
    sortDescFirst: false,
    sortFn: (a, b) => byName.compare(a.original.filename, b.original.filename),
  }),
  helper.accessor(({ status }) => statuses.indexOf(status), {
    id: "status",
    header: "Status",
    size: 132,
    enableHiding: false,
    sortDescFirst: false,
  }),
  helper.accessor(({ input }) => input.bytes, {
    id: "size",
    header: "Size",
    size: 84,
    meta: { show: ({ input }) => formatBytes(input.bytes) },
  }),
  helper.accessor(({ result }) => result?.rows, {
    id: "rows",
    header: "Rows",
    size: 104,
    meta: { show: ({ result }) => result && formatCount(result.rows) },
  }),
  helper.accessor(({ result }) => result?.bytes, {
    id: "output",
    header: "Output",
    size: 84,
    meta: { show: ({ result }) => result && formatBytes(result.bytes) },
  }),
  helper.accessor(jobDuration, {
    id: "duration",
    header: "Took",
    size: 76,
    meta: {
      show: (job) => {
        const duration = jobDuration(job);
        return duration === undefined ? null : formatDuration(duration);
      },
    },
  }),
  helper.accessor("createdAt", {
    id: "created",
    header: "Created",
    size: 104,
    meta: { show: ({ createdAt }) => <Ago time={createdAt} /> },
  }),
]);

const defaultColumn = { sortFn: sortFn_basic, sortUndefined: "last", sortDescFirst: true } as const;

/** The table of the jobs that a view shows. Its sorting and its visible columns are the view's. */
export function useJobsTable(
  jobs: readonly JobSummary[],
  view: JobsView,
  onViewChange: (change: Pick<JobsView, "sort"> | { columns: OptionalColumn[] }) => void,
) {
  const visible = view.columns ?? optionalColumns;
  const sorting = useMemo(() => sortingOf(view), [view]);
  const columnVisibility = useMemo(
    () => Object.fromEntries(optionalColumns.map((id) => [id, visible.includes(id)])),
    [visible],
  );
  return useTable({
    features,
    columns,
    defaultColumn,
    data: jobs,
    getRowId: ({ jobId }) => jobId,
    enableSortingRemoval: false,
    enableMultiSort: false,
    state: { sorting, columnVisibility },
    onSortingChange: (update) => {
      const [next] = functionalUpdate(update, sorting);
      if (next) onViewChange({ sort: sortOf(next) });
    },
    onColumnVisibilityChange: (update) => {
      const next = functionalUpdate(update, columnVisibility);
      onViewChange({ columns: optionalColumns.filter((id) => next[id]) });
    },
  });
}
