import type { JobStatus, JobSummary } from "@unparquet/core/job/schema";
import { parseStatusFilter, statuses } from "../../api/status.ts";
import { jobDuration } from "./job-duration.ts";

/** Columns a person may hide. The name and the status always show. */
export const optionalColumns = ["size", "rows", "output", "duration", "created"] as const;
export type OptionalColumn = (typeof optionalColumns)[number];
export type SortKey = "name" | "status" | OptionalColumn;
/** A key, `-` before it for descending. */
export type Sort = SortKey | `-${SortKey}`;

export const columnLabels: Record<SortKey, string> = {
  name: "Name",
  status: "Status",
  size: "Size",
  rows: "Rows",
  output: "Output",
  duration: "Took",
  created: "Created",
};

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
const isSortKey = (value: string): value is SortKey => Object.hasOwn(columnLabels, value);

function parseTime(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

function parseSort(value: unknown): Sort | undefined {
  if (typeof value !== "string" || value === defaultSort) return undefined;
  return isSortKey(value.replace(/^-/, "")) ? (value as Sort) : undefined;
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

export function sortOf({ sort = defaultSort }: JobsView): { key: SortKey; descending: boolean } {
  const descending = sort.startsWith("-");
  return { key: (descending ? sort.slice(1) : sort) as SortKey, descending };
}

/** What a click on a column's head sorts by: names from A, numbers and times from the largest, and then the other way. */
export function nextSort(view: JobsView, key: SortKey): Sort {
  const now = sortOf(view);
  const first = key !== "name" && key !== "status";
  const descending = now.key === key ? !now.descending : first;
  return descending ? `-${key}` : key;
}

const byName = new Intl.Collator("en-GB", { numeric: true, sensitivity: "base" });

/** What of a job a column sorts by; undefined: it has none, and comes last either way. */
const sortValues: Record<Exclude<SortKey, "name">, (job: JobSummary) => number | string | undefined> = {
  status: ({ status }) => statuses.indexOf(status),
  size: ({ input }) => input.bytes,
  rows: ({ result }) => result?.rows,
  output: ({ result }) => result?.bytes,
  duration: jobDuration,
  created: ({ createdAt }) => createdAt,
};

/** How many jobs of each status the other filters of a view leave. Only statuses that occur. */
export function countStatuses(
  jobs: readonly JobSummary[],
  { status: _, sort: __, ...others }: JobsView,
  now: number,
): Map<JobStatus, number> {
  const counts = new Map<JobStatus, number>();
  for (const { status } of selectJobs(jobs, others, now)) counts.set(status, (counts.get(status) ?? 0) + 1);
  return counts;
}

/** The jobs to show, in the order to show them. `jobs` are newest first, and equals stay so. */
export function selectJobs(jobs: readonly JobSummary[], view: JobsView, now: number): readonly JobSummary[] {
  const { status, to } = view;
  const name = view.name?.toLowerCase();
  const since = sinceOf(view, now);
  const shown = jobs.filter(
    (job) =>
      (!status?.length || status.includes(job.status)) &&
      (name === undefined || job.filename.toLowerCase().includes(name)) &&
      (since === undefined || job.createdAt >= since) &&
      (to === undefined || job.createdAt < to),
  );
  const { key, descending } = sortOf(view);
  if (key === "created") return descending ? shown : shown.reverse();
  const sign = descending ? -1 : 1;
  if (key === "name") return shown.sort((a, b) => sign * byName.compare(a.filename, b.filename));
  const value = sortValues[key];
  return shown.sort((a, b) => {
    const [left, right] = [value(a), value(b)];
    if (left === right) return 0;
    if (left === undefined) return 1;
    if (right === undefined) return -1;
    return left < right ? -sign : sign;
  });
}
