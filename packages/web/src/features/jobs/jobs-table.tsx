import { VisuallyHidden } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { type Range, useWindowVirtualizer } from "@tanstack/react-virtual";
import type { JobSummary } from "@unparquet/core/job/schema";
import {
  type KeyboardEvent,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { formatCount } from "../../components/format.ts";
import { useGoesBack } from "../../components/use-page-changes.ts";
import { rangeWith, useListTop } from "../../components/window-list.ts";
import { JobRow } from "./job-row.tsx";
import { headOf, type JobsColumn, type JobsTable as Table } from "./jobs-columns.tsx";
import classes from "./jobs-table.module.css";
import type { Selection } from "./use-selection.ts";

interface JobsTableProps {
  table: Table;
  /** Of the table's rows. */
  jobs: readonly JobSummary[];
  selection: Selection;
}

/** Rows a key for a page moves by. */
const page = 10;
const rowsBeyond = 2;
/** Pixels, of what is on one line: job-row.module.css. Each row that turns out otherwise moves those below it. */
const rowHeights = { plain: 59, withError: 85 };

/** The row that was active when the list was left. */
let left: string | undefined;

/** All jobs, of which only those near the window are in the document. */
export function JobsTable({ table, jobs, selection }: JobsTableProps) {
  const navigate = useNavigate();
  const body = useRef<HTMLTableSectionElement>(null);
  const top = useListTop(body);
  // The row that Tab reaches; by id, so that it stays with its job when newer ones come.
  const [activeId, setActiveId] = useState(left);
  useEffect(() => {
    left = activeId;
  }, [activeId]);
  const found = jobs.findIndex(({ jobId }) => jobId === activeId);
  const active = Math.max(0, found);
  const wantsFocus = useRef(useGoesBack() && found >= 0);

  const columns = table.getVisibleLeafColumns();
  const optional = useMemo(() => columns.filter((column) => column.getCanHide()), [columns]);
  const widths = columns.map((column) => (column.id === "name" ? "minmax(0, 1fr)" : `${column.getSize()}px`));
  const template = ["34px", ...widths, "72px"];

  const virtualizer = useWindowVirtualizer<HTMLTableRowElement>({
    count: jobs.length,
    estimateSize: (index) => (jobs[index]?.error ? rowHeights.withError : rowHeights.plain),
    // The same while the jobs are: with another one it works out every row's place anew.
    getItemKey: useCallback((index: number) => jobs[index]?.jobId ?? index, [jobs]),
    overscan: rowsBeyond,
    // And the active one, wherever it is: so it is there to be focused before it is scrolled to, and keeps the focus when it
    // is scrolled away.
    rangeExtractor: useCallback((range: Range) => rangeWith(range, active), [active]),
    scrollMargin: top,
    // Beneath the head, which stays.
    scrollPaddingStart: 40,
    scrollPaddingEnd: 80,
  });
  const items = virtualizer.getVirtualItems();

  useLayoutEffect(() => {
    if (!wantsFocus.current) return;
    const row = body.current?.querySelector<HTMLElement>(`[data-index="${active}"]`);
    if (!row) return;
    wantsFocus.current = false;
    row.focus({ preventScroll: true });
  });

  const move = useCallback(
    (index: number) => {
      const next = Math.min(jobs.length - 1, Math.max(0, index));
      wantsFocus.current = true;
      setActiveId(jobs[next]?.jobId);
      virtualizer.scrollToIndex(next);
    },
    [jobs, virtualizer],
  );

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    // A menu's keys come here too, through React, though the menu lies elsewhere in the document.
    const row =
      event.target instanceof HTMLElement ? event.target.closest<HTMLElement>("[data-index]") : null;
    const job = jobs[Number(row?.dataset.index)];
    if (!row || !job || event.altKey) return;
    const index = Number(row.dataset.index);
    const onRow = event.target === row;
    const moves: Record<string, number> = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      PageDown: index + page,
      PageUp: index - page,
      Home: 0,
      End: jobs.length - 1,
    };
    const target = moves[event.key];
    if (target !== undefined) {
      const next = jobs[Math.min(jobs.length - 1, Math.max(0, target))];
      if (event.shiftKey && next) {
        if (!selection.has(job.jobId)) selection.toggle(job.jobId);
        selection.toggle(next.jobId, true);
      }
      move(target);
    } else if (event.key === " " && onRow) selection.toggle(job.jobId, event.shiftKey);
    else if (event.key === "Enter" && onRow) {
      void navigate({ to: "/jobs/$jobId", params: { jobId: job.jobId } });
    } else if (event.key === "a" && (event.ctrlKey || event.metaKey)) selection.toggleAll();
    else if (event.key === "Escape") selection.clear();
    else return;
    event.preventDefault();
  };

  const some = selection.jobs.length > 0;
  const all = some && selection.jobs.length === jobs.length;
  const head = (column: JobsColumn) => {
    const sorted = column.getIsSorted();
    return (
      <th
        key={column.id}
        scope="col"
        className={classes.head}
        data-column={column.id}
        aria-sort={sorted === false ? "none" : sorted === "desc" ? "descending" : "ascending"}
      >
        <button type="button" className={classes.sort} onClick={() => column.toggleSorting()}>
          {headOf(column)}
          <span aria-hidden className={classes.arrow}>
            {sorted === false ? "" : sorted === "desc" ? "↓" : "↑"}
          </span>
        </button>
      </th>
    );
  };

  return (
    <table
      // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: ARIA in HTML lets a table be a grid
      role="grid"
      aria-label="Jobs"
      aria-rowcount={jobs.length + 1}
      aria-multiselectable
      className={classes.table}
      style={{ "--template": template.join(" ") } as React.CSSProperties}
    >
      <thead className={classes.headGroup}>
        <tr aria-rowindex={1} className={classes.headRow}>
          <th scope="col" className={classes.head}>
            <input
              type="checkbox"
              className={classes.check}
              aria-label={`Select all ${formatCount(jobs.length)} shown`}
              checked={all}
              ref={(input) => {
                if (input) input.indeterminate = some && !all;
              }}
              onChange={selection.toggleAll}
            />
            <span className={classes.selectAll} aria-hidden>
              Select all {formatCount(jobs.length)}
            </span>
          </th>
          {columns.map(head)}
          <th scope="col" className={classes.head}>
            <VisuallyHidden>Actions</VisuallyHidden>
          </th>
        </tr>
      </thead>
      <tbody
        ref={body}
        className={classes.body}
        style={{ height: virtualizer.getTotalSize() }}
        onKeyDown={onKeyDown}
      >
        {items.map(({ index, key, start }) => {
          const job = jobs[index];
          return (
            job && (
              <JobRow
                key={key}
                ref={virtualizer.measureElement}
                job={job}
                index={index}
                offset={start - top}
                columns={optional}
                isActive={index === active}
                isSelected={selection.has(job.jobId)}
                onToggle={selection.toggle}
                onActive={setActiveId}
              />
            )
          );
        })}
      </tbody>
    </table>
  );
}
