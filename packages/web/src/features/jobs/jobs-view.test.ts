import type { JobSummary } from "@unparquet/core/job/schema";
import { expect, test } from "vitest";
import { type JobsView, nextSort, parseJobsView, selectJobs } from "./jobs-view.ts";

const now = Date.UTC(2026, 6, 3, 12);
const job = (jobId: string, hoursAgo: number, rest: object) =>
  ({
    jobId,
    createdAt: new Date(now - hoursAgo * 3_600_000).toISOString(),
    attempts: [],
    input: { bytes: 1 },
    result: null,
    ...rest,
  }) as unknown as JobSummary;

const jobs = [
  job("d", 0.5, { filename: "trips10.parquet", status: "RUNNING" }),
  job("c", 2, { filename: "Trips9.parquet", status: "SUCCEEDED", result: { rows: 3, bytes: 9 } }),
  job("b", 30, { filename: "orders.parquet", status: "FAILED", input: { bytes: 7 } }),
  job("a", 999, { filename: "users.parquet", status: "SUCCEEDED", result: { rows: 5, bytes: 2 } }),
];
const shown = (view: JobsView) =>
  selectJobs(jobs, view, now)
    .map(({ jobId }) => jobId)
    .join("");

test.each<[JobsView, string]>([
  [{}, "dcba"],
  [{ status: ["SUCCEEDED", "FAILED"] }, "cba"],
  [{ name: "TRIPS" }, "dc"],
  [{ from: "1h" }, "d"],
  [{ from: "7d", name: "r" }, "dcb"],
  [{ to: new Date(now - 24 * 3_600_000).toISOString() }, "ba"],
  [{ sort: "created" }, "abcd"],
  [{ sort: "name" }, "bcda"],
  [{ sort: "-name" }, "adcb"],
  [{ sort: "-size" }, "bdca"],
  [{ sort: "rows" }, "cadb"],
  [{ sort: "-rows" }, "acdb"],
  [{ sort: "status" }, "dcab"],
])("%j shows %s", (view, expected) => {
  expect(shown(view)).toBe(expected);
});

test("an address is read as far as it makes sense", () => {
  expect(parseJobsView({})).toEqual({});
  expect(
    parseJobsView({ status: "x", name: "", from: "never", to: "1", sort: "toString", columns: "x" }).sort,
  ).toBeUndefined();
  expect(
    parseJobsView({
      status: ["FAILED"],
      name: "a",
      from: "24h",
      to: "2026-07-03T00:00:00Z",
      sort: "-rows",
      columns: ["created", "rows"],
    }),
  ).toEqual({
    status: ["FAILED"],
    name: "a",
    from: "24h",
    to: "2026-07-03T00:00:00.000Z",
    sort: "-rows",
    columns: ["rows", "created"],
  });
  expect(parseJobsView({ sort: "-created" })).toEqual({});
});

test("a column sorts its largest first, names from A, and a second click turns it", () => {
  expect(nextSort({}, "rows")).toBe("-rows");
  expect(nextSort({ sort: "-rows" }, "rows")).toBe("rows");
  expect(nextSort({}, "name")).toBe("name");
  expect(nextSort({ sort: "name" }, "name")).toBe("-name");
  expect(nextSort({}, "created")).toBe("created");
});
