import type { JobSummary } from "@unparquet/core/job/schema";
import { jobDuration } from "../jobs/job-duration.ts";

/** What the jobs made in one stretch of time came to. */
export interface Bucket {
  label: string;
  succeeded: number;
  failed: number;
  cancelled: number;
  /** Neither ended well nor badly yet, or never begun. */
  other: number;
  rows: number;
  bytes: number;
}

export interface Conversion {
  filename: string;
  inputBytes: number;
  durationMs: number;
}

const dayMs = 86_400_000;
const outcomes = { SUCCEEDED: "succeeded", FAILED: "failed", CANCELLED: "cancelled" } as const;

const hour = new Intl.DateTimeFormat("en-GB", { weekday: "short", hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

function startOf(iso: string, byHour: boolean): Date {
  const time = new Date(iso);
  time.setMinutes(0, 0, 0);
  if (!byHour) time.setHours(0);
  return time;
}

/** Jobs, newest first, by the day they were made on in the reader's time zone, oldest first; within two days by the hour. */
export function byTime(jobs: JobSummary[]): Bucket[] {
  const newest = jobs[0];
  const oldest = jobs.at(-1);
  if (newest === undefined || oldest === undefined) return [];
  const byHour = Date.parse(newest.createdAt) - Date.parse(oldest.createdAt) < 2 * dayMs;
  const buckets = new Map<number, Bucket>();
  for (const { createdAt, status, result } of jobs.toReversed()) {
    const start = startOf(createdAt, byHour);
    const bucket = buckets.get(start.getTime()) ?? {
      label: (byHour ? hour : day).format(start),
      succeeded: 0,
      failed: 0,
      cancelled: 0,
      other: 0,
      rows: 0,
      bytes: 0,
    };
    bucket[status in outcomes ? outcomes[status as keyof typeof outcomes] : "other"] += 1;
    bucket.rows += result?.rows ?? 0;
    bucket.bytes += result?.bytes ?? 0;
    buckets.set(start.getTime(), bucket);
  }
  return [...buckets.values()];
}

/** Every conversion that came to a result. */
export function conversions(jobs: JobSummary[]): Conversion[] {
  return jobs.flatMap((job) => {
    const durationMs = jobDuration(job);
    return job.result && durationMs !== undefined
      ? [{ filename: job.filename, inputBytes: job.input.bytes, durationMs }]
      : [];
  });
}

export interface Totals {
  jobs: number;
  /** Share of the jobs that succeeded among those that succeeded or failed; undefined if there are none. */
  successRate: number | undefined;
  rows: number;
  bytes: number;
}

export function totalsOf(jobs: JobSummary[]): Totals {
  const succeeded = jobs.filter(({ status }) => status === "SUCCEEDED").length;
  const failed = jobs.filter(({ status }) => status === "FAILED").length;
  return {
    jobs: jobs.length,
    successRate: succeeded + failed === 0 ? undefined : succeeded / (succeeded + failed),
    rows: jobs.reduce((sum, { result }) => sum + (result?.rows ?? 0), 0),
    bytes: jobs.reduce((sum, { result }) => sum + (result?.bytes ?? 0), 0),
  };
}

/** The powers of ten around the values, if these span two of them or more: for a logarithmic axis. */
export function powersOfTen(values: number[]): number[] | undefined {
  const logs = values.filter((value) => value > 0).map(Math.log10);
  const [from, to] = [Math.min(...logs), Math.max(...logs)];
  if (logs.length < values.length || to - from < 2) return undefined;
  const first = Math.floor(from);
  return Array.from({ length: Math.ceil(to) - first + 1 }, (_, index) => 10 ** (first + index));
}
