import type { JobStatus, JobSummary } from "@unparquet/core/job/schema";
import { expect, test } from "vitest";
import { emptyBook, isLoaded, placeAfter, withDeleted, withJobs, withPage } from "./job-book.ts";

const time = (minute: number) => new Date(Date.UTC(2026, 6, 3, 0, minute)).toISOString();
const job = (minute: number, status: JobStatus = "SUCCEEDED", updated = minute) =>
  ({
    jobId: `job_${minute}`,
    createdAt: time(minute),
    updatedAt: time(updated),
    status,
    attempt: 1,
  }) as JobSummary;
const ids = ({ jobs }: { jobs: readonly JobSummary[] }) => jobs.map(({ jobId }) => jobId);

test("jobs are kept newest first, each once, in whatever order they are heard of", () => {
  const book = withJobs(withJobs(emptyBook, [job(2), job(1)]), [job(3), job(2)]);
  expect(ids(book)).toEqual(["job_3", "job_2", "job_1"]);
});

test("what is known is replaced by newer news only, and nothing new leaves the book as it is", () => {
  const book = withJobs(emptyBook, [job(1, "RUNNING", 5)]);
  expect(withJobs(book, [job(1, "QUEUED", 4)])).toBe(book);
  expect(withJobs(book, [job(1, "RUNNING", 5)])).toBe(book);
  expect(withJobs(book, [job(1, "SUCCEEDED", 5)]).jobs[0]?.status).toBe("SUCCEEDED");
});

test("a page takes out what was deleted in its stretch, and nothing beyond", () => {
  const known = [job(5), job(4), job(3), job(2), job(1)];
  const book = withJobs(emptyBook, known);
  const page = { jobs: [job(5), job(3)], cursor: "c" };
  expect(ids(withPage(book, page, known))).toEqual(["job_5", "job_3", "job_2", "job_1"]);
  expect(ids(withPage(book, { jobs: [job(1)], cursor: null }, known, job(3)))).toEqual([
    "job_5",
    "job_4",
    "job_3",
    "job_1",
  ]);
});

test("a job that came while the page was under way stays", () => {
  const known = [job(1)];
  const book = withJobs(emptyBook, [job(2), ...known]);
  expect(ids(withPage(book, { jobs: known, cursor: null }, known))).toEqual(["job_2", "job_1"]);
});

test("what was deleted here does not come back with an answer from before", () => {
  const book = withDeleted(withJobs(emptyBook, [job(2), job(1)]), new Set(["job_2"]));
  expect(ids(withJobs(book, [job(2), job(1)]))).toEqual(["job_1"]);
});

test("all is loaded when nothing follows, or nothing that is new enough", () => {
  const frontier = placeAfter({ jobs: [job(9), job(5)], cursor: "c" });
  expect(isLoaded({ frontier }, undefined)).toBe(false);
  expect(isLoaded({ frontier }, time(4))).toBe(false);
  expect(isLoaded({ frontier }, time(6))).toBe(true);
  expect(isLoaded({ frontier: placeAfter({ jobs: [job(9)], cursor: null }) }, undefined)).toBe(true);
});
