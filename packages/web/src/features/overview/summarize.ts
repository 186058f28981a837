import type { JobSummary } from "@unparquet/core/job/schema";

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
export const conversions = (jobs: JobSummary[]): Conversion[] =>
  jobs.flatMap(({ filename, input, result }) =>
    result ? [{ filename, inputBytes: input.bytes, durationMs: result.durationMs }] : [],
  );
