import { act, renderHook } from "@testing-library/react";
import type { JobSummary } from "@unparquet/core/job/schema";
import { expect, test, vi } from "vitest";
import { useJobsTable } from "./jobs-columns.tsx";
import { filterJobs, type JobsView } from "./jobs-view.ts";

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
  renderHook(() => useJobsTable(filterJobs(jobs, view, now), view, () => undefined))
    .result.current.getRowModel()
    .rows.map(({ id }) => id)
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

test.each<[string, JobsView, string]>([
  ["rows", {}, "-rows"],
  ["rows", { sort: "-rows" }, "rows"],
  ["name", {}, "name"],
  ["name", { sort: "name" }, "-name"],
  ["created", {}, "created"],
])("a click on %s in the view %j sorts by %s", (column, view, sort) => {
  const onViewChange = vi.fn();
  const { result } = renderHook(() => useJobsTable(jobs, view, onViewChange));
  act(() => result.current.getColumn(column)?.toggleSorting());
  expect(onViewChange).toHaveBeenCalledWith({ sort });
});

test("a hidden column leaves the view's", () => {
  const onViewChange = vi.fn();
  const { result } = renderHook(() => useJobsTable(jobs, { columns: ["size", "rows"] }, onViewChange));
  act(() => result.current.getColumn("size")?.toggleVisibility());
  expect(onViewChange).toHaveBeenCalledWith({ columns: ["rows"] });
});
