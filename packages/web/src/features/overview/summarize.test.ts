import type { JobSummary } from "@unparquet/core/job/schema";
import { expect, test } from "vitest";
import { byTime, conversions, powersOfTen, totalsOf } from "./summarize.ts";

/** What is summed up of a job; the rest of it does not matter here. */
const job = (createdAt: string, status: JobSummary["status"], rows?: number) =>
  ({
    filename: "trips.parquet",
    createdAt,
    startedAt: createdAt,
    endedAt: new Date(Date.parse(createdAt) + 5).toISOString(),
    status,
    input: { bytes: 10 },
    result: rows === undefined ? null : { rows, bytes: rows * 2, durationMs: 5 },
  }) as JobSummary;

const jobs = [
  job("2026-05-09T12:00:00.000Z", "RUNNING"),
  job("2026-05-09T11:00:00.000Z", "SUCCEEDED", 3),
  job("2026-05-05T12:00:00.000Z", "SUCCEEDED", 4),
  job("2026-05-05T11:00:00.000Z", "FAILED"),
];

test("jobs are counted by the day they were made on, oldest first", () => {
  expect(byTime(jobs)).toEqual([
    expect.objectContaining({ label: "5 May", succeeded: 1, failed: 1, other: 0, rows: 4, bytes: 8 }),
    expect.objectContaining({ label: "9 May", succeeded: 1, failed: 0, other: 1, rows: 3, bytes: 6 }),
  ]);
});

test("those of less than two days by the hour", () => {
  expect(byTime(jobs.slice(0, 2)).map(({ succeeded, other }) => [succeeded, other])).toEqual([
    [1, 0],
    [0, 1],
  ]);
  expect(byTime([])).toEqual([]);
});

test("conversions are the jobs with a result", () => {
  expect(conversions(jobs)).toEqual([
    { filename: "trips.parquet", inputBytes: 10, durationMs: 5 },
    { filename: "trips.parquet", inputBytes: 10, durationMs: 5 },
  ]);
});

test("totals count all jobs, and the success rate those that succeeded or failed", () => {
  expect(totalsOf(jobs)).toEqual({ jobs: 4, successRate: 2 / 3, rows: 7, bytes: 14 });
  expect(totalsOf([])).toEqual({ jobs: 0, successRate: undefined, rows: 0, bytes: 0 });
});

test("an axis is logarithmic if its values span two powers of ten or more", () => {
  expect(powersOfTen([30, 4000])).toEqual([10, 100, 1000, 10_000]);
  expect(powersOfTen([30, 2000])).toBeUndefined();
  expect(powersOfTen([0, 5000])).toBeUndefined();
  expect(powersOfTen([])).toBeUndefined();
});
