import type { ColumnSort } from "@tanstack/react-table";
import type { JobStatus, JobSummary } from "@unparquet/core/job/schema";
import { parseStatusFilter } from "../../api/status.ts";

/** Columns a person may hide. The name and the status always show. */
export const optionalColumns = ["size", "rows", "output", "duration", "created"] as const;
export type OptionalColumn = (typeof optionalColumns)[number];
export type SortKey = "name" | "status" | OptionalColumn;
/** A key, `-` before it for descending. */
export type Sort = SortKey | `-${SortKey}`;

/** View state, kept in the URL. Omitted keys use their defaults. */
export interface JobsView {
  status?: JobStatus[];
  /** A part of the file's name, in whatever case. */
  name?: string;
  /** Created since: a span back from now, or an ISO 8601 time in UTC. */
  from?: string;
  /** Created before: an ISO 8601 time in UTC. */
  to?: string;
  sort?: Sort;
  columns?: OptionalColumn[];
}

const hour = 3_600_000;
/** Milliseconds of the spans `from` may be. */
export const spans = { "1h": hour, "24h": 24 * hour, "7d": 7 * 24 * hour, "30d": 30 * 24 * hour } as const;
export type Span = keyof typeof spans;

export const isSpan = (value: unknown): value is Span =>
  typeof value === "string" && Object.hasOwn(spans, value);

const defaultSort: Sort = "-created";
const sortKeys: readonly string[] = ["name", "status", ...optionalColumns];

function parseTime(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

function parseSort(value: unknown): Sort | undefined {
  if (typeof value !== "string" || value === defaultSort) return undefined;
  return sortKeys.includes(value.replace(/^-/, "")) ? (value as Sort) : undefined;
}

function parseColumns(value: unknown): OptionalColumn[] | undefined {
  const wanted: unknown[] = Array.isArray(value) ? value : [value];
  const columns = optionalColumns.filter((column) => wanted.includes(column));
  return columns.length === 0 || columns.length === optionalColumns.length ? undefined : columns;
}

/** The view an address means, whatever was typed there. */
export function parseJobsView(search: Record<string, unknown>): JobsView {
  const status = parseStatusFilter(search.status);
  const name = typeof search.name === "string" ? search.name : "";
  const from = isSpan(search.from) ? search.from : parseTime(search.from);
  const to = parseTime(search.to);
  const sort = parseSort(search.sort);
  const columns = parseColumns(search.columns);
  return {
    ...(status.length > 0 && { status }),
    ...(name !== "" && { name }),
    ...(from && { from }),
    ...(to && { to }),
    ...(sort && { sort }),
    ...(columns && { columns }),
  };
}

export const isFiltered = ({ status, name, from, to }: JobsView): boolean =>
  Boolean(status?.length || name || from || to);

/** The time `from` means, ISO 8601 in UTC. */
export function sinceOf({ from }: JobsView, now: number): string | undefined {
  return isSpan(from) ? new Date(now - spans[from]).toISOString() : from;
}

/** A view's sorting as TanStack Table has it, and back. */
export function sortingOf({ sort = defaultSort }: JobsView): [ColumnSort] {
  const desc = sort.startsWith("-");
  return [{ id: desc ? sort.slice(1) : sort, desc }];
}

export const sortOf = ({ id, desc }: ColumnSort) => `${desc ? "-" : ""}${id}` as Sort;

/** How many jobs of each status the other filters of a view leave. Only statuses that occur. */
export function countStatuses(
  jobs: readonly JobSummary[],
  { status: _, ...others }: JobsView,
  now: number,
): Map<JobStatus, number> {
  const counts = new Map<JobStatus, number>();
  for (const { status } of filterJobs(jobs, others, now)) counts.set(status, (counts.get(status) ?? 0) + 1);
  return counts;
}

/** The jobs that pass a view's filters, in their order. */
export function filterJobs(jobs: readonly JobSummary[], view: JobsView, now: number): JobSummary[] {
  const { status, to } = view;
  const name = view.name?.toLowerCase();
  const since = sinceOf(view, now);
  return jobs.filter(
    (job) =>
      (!status?.length || status.includes(job.status)) &&
      (name === undefined || job.filename.toLowerCase().includes(name)) &&
      (since === undefined || job.createdAt >= since) &&
      (to === undefined || job.createdAt < to),
  );
}
