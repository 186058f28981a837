import type { JobSummary } from "@unparquet/core/job/schema";
import { expect, test } from "vitest";
import { byTime, conversions } from "./summarize.ts";

/** What is summed up of a job; the rest of it does not matter here. */
const job = (createdAt: string, status: JobSummary["status"], rows?: number) =>
  ({
    filename: "trips.parquet",
    createdAt,
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
