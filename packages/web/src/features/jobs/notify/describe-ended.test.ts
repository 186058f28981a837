import type { JobSummary } from "@unparquet/core/job/schema";
import { expect, test } from "vitest";
import { describeEnded } from "./describe-ended.ts";

const lasting = (seconds: string) => ({
  startedAt: "2026-07-03T10:00:00.000Z",
  endedAt: `2026-07-03T10:00:${seconds}Z`,
});

const ended = (part: Partial<JobSummary>) => ({
  before: "RUNNING" as const,
  job: {
    jobId: "job_1",
    attempt: 1,
    filename: "trips.parquet",
    status: "SUCCEEDED",
    ...lasting("10.000"),
    result: { rows: 1204, bytes: 3_100_000 },
    ...part,
  } as JobSummary,
});
const failed = {
  status: "FAILED",
  result: null,
  error: { code: "corrupt_file", message: "It is cut short." },
} satisfies Partial<JobSummary>;

test("a job that is done, and one that failed", () => {
  expect(describeEnded([ended({}), ended({ jobId: "job_2", ...failed })])).toEqual([
    {
      title: "\u2068trips.parquet\u2069 is done",
      body: "1,204 rows, 3.1 MB",
      tag: "job_1-1",
      jobId: "job_1",
    },
    { title: "\u2068trips.parquet\u2069 failed", body: "It is cut short.", tag: "job_2-1", jobId: "job_2" },
  ]);
});

test("many at once are one", () => {
  const many = ["1", "2", "3", "4"].map((jobId) => ended({ jobId }));
  expect(describeEnded(many)).toEqual([
    { title: "4 jobs finished", body: "All succeeded.", tag: "1-1,2-1,3-1,4-1" },
  ]);
  expect(describeEnded([...many, ended(failed)])).toMatchObject([
    { title: "5 jobs finished", body: "1 failed." },
  ]);
});

test.each([
  ["that was short", ended(lasting("09.999"))],
  ["that somebody cancelled", ended({ status: "CANCELLED" })],
  ["that goes on", ended({ status: "CANCELLING" })],
  ["that did not run before", { ...ended({}), before: "SUCCEEDED" as const }],
])("nothing of a job %s", (_, change) => {
  expect(describeEnded([change])).toEqual([]);
});
