import type { JobSummary } from "@unparquet/core/job/schema";
import type { JobsView } from "./jobs-view.ts";

// What an address says of a selection, in `selected`. It stays short, and nobody acts on a job they have not selected:
//
//   ID.ID.ID            These jobs, without the prefix all ids have; up to 50.
//   all-TIME-VIEW.ID    Every job of the view but these, up to 50. Not those made or changed after TIME (milliseconds), and
//                       none at all under other filters than those of which VIEW is a digest. Read once, when all is
//                       loaded, into the ids it means then.
//   many-COUNT          Any other selection: only the tab that made it knows which, and elsewhere it is none.

export type SelectionAddress = string;
export type Ids = ReadonlySet<string>;

/** What a view shows: all of it, or what is loaded so far. */
export interface Shown {
  jobs: readonly Pick<JobSummary, "jobId" | "updatedAt">[];
  isLoaded: boolean;
  view: JobsView;
}

const most = 50;
const prefix = "job_";
const all = /^all-(\d{1,15})-([0-9a-z]+)((?:\.[0-9A-Za-z]+)*)$/;
const few = /^[0-9A-Za-z]+(?:\.[0-9A-Za-z]+)*$/;
const many = /^many-\d+$/;

export function parseSelected(value: unknown): SelectionAddress | undefined {
  if (typeof value !== "string") return undefined;
  return [all, few, many].some((form) => form.test(value)) ? value : undefined;
}

const shorten = (jobId: string) => jobId.slice(prefix.length);
const parseIds = (text: string) =>
  new Set(
    text
      .split(".")
      .filter((id) => id !== "")
      .map((id) => prefix + id),
  );

function digest({ status, name, from, to }: JobsView): string {
  let hash = 0;
  for (const char of JSON.stringify([status, name, from, to])) {
    hash = (Math.imul(hash, 31) + char.charCodeAt(0)) | 0;
  }
  return (hash >>> 0).toString(36);
}

export function addressOf(ids: Ids, { jobs, isLoaded, view }: Shown): SelectionAddress | undefined {
  if (ids.size === 0) return undefined;
  if (ids.size <= most) return [...ids].map(shorten).join(".");
  const selected = jobs.filter(({ jobId }) => ids.has(jobId));
  if (isLoaded && selected.length === ids.size) {
    const until = selected.reduce((newest, job) => (job.updatedAt > newest ? job.updatedAt : newest), "");
    const except = jobs.filter(({ jobId, updatedAt }) => !ids.has(jobId) && updatedAt <= until);
    if (except.length <= most) {
      const time = Date.parse(until);
      return [`all-${time}-${digest(view)}`, ...except.map(({ jobId }) => shorten(jobId))].join(".");
    }
  }
  return `many-${ids.size}`;
}

/** The ids an address means; undefined: that shows when all is loaded. */
export function idsOf(address: SelectionAddress | undefined, shown: Shown): Ids | undefined {
  if (address === undefined || many.test(address)) return new Set();
  const [isAll, time, view, ids = ""] = all.exec(address) ?? [];
  if (!isAll) return parseIds(address);
  if (view !== digest(shown.view)) return new Set();
  if (!shown.isLoaded) return undefined;
  const until = new Date(Number(time)).toISOString();
  const except = parseIds(ids);
  const meant = shown.jobs.filter(({ jobId, updatedAt }) => updatedAt <= until && !except.has(jobId));
  return new Set(meant.map(({ jobId }) => jobId));
}
