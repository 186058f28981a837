import { expect, test } from "vitest";
import { addressOf, idsOf, parseSelected, type Shown } from "./selection-address.ts";

const job = (nth: number, minute = 0) => ({
  jobId: `job_${String(nth).padStart(22, "0")}`,
  updatedAt: new Date(Date.UTC(2026, 6, 3, 12, minute)).toISOString(),
});
const jobs = Array.from({ length: 200 }, (_, nth) => job(nth));
const shown: Shown = { jobs, isLoaded: true, view: { status: ["FAILED"] } };
const ids = (of: readonly { jobId: string }[]) => new Set(of.map(({ jobId }) => jobId));
const read = (address: string | undefined, of: Shown = shown) => idsOf(parseSelected(address), of);

test("none is nothing", () => {
  expect(addressOf(new Set(), shown)).toBeUndefined();
  expect(read(undefined)).toEqual(new Set());
});

test("a few are named, whether they are shown or not", () => {
  const few = ids(jobs.slice(0, 50));
  const address = addressOf(few, shown);
  expect(address?.slice(0, 46)).toBe("0000000000000000000000.0000000000000000000001.");
  expect(read(address, { jobs: [], isLoaded: false, view: {} })).toEqual(few);
});

test("all are those of the view, once they are loaded", () => {
  const address = addressOf(ids(jobs), shown);
  expect(address).toMatch(/^all-1783080000000-[0-9a-z]+$/);
  expect(read(address, { ...shown, isLoaded: false })).toBeUndefined();
  expect(read(address)).toEqual(ids(jobs));
});

test("all but a few are, too", () => {
  const most = ids(jobs.slice(50));
  const address = addressOf(most, shown);
  expect(address?.split(".")).toHaveLength(51);
  expect(read(address)).toEqual(most);
});

test("what comes or changes later is not among all", () => {
  const address = addressOf(ids(jobs), shown);
  const later = { ...shown, jobs: [job(900, 1), ...jobs.slice(1), job(0, 2)] };
  expect(read(address, later)).toEqual(ids(jobs.slice(1)));
  // Nor does it have to be named as an exception.
  expect(addressOf(ids(jobs), { ...shown, jobs: [job(900, 1), ...jobs] })).toBe(address);
});

test("under other filters, all is none", () => {
  const address = addressOf(ids(jobs), shown);
  expect(read(address, { ...shown, view: {} })).toEqual(new Set());
  expect(read(address, { ...shown, view: { status: ["FAILED"], sort: "name", columns: ["size"] } })).toEqual(
    ids(jobs),
  );
});

test.each([
  ["half of what is shown", jobs.slice(0, 100), shown],
  ["more than is shown", jobs, { ...shown, jobs: jobs.slice(1) }],
  ["all of what is loaded so far", jobs, { ...shown, isLoaded: false }],
])("%s fits in no address", (_, selected, of) => {
  const address = addressOf(ids(selected), of);
  expect(address).toBe(`many-${selected.length}`);
  expect(read(address)).toEqual(new Set());
});

test.each(["", "all-x-y", "a,b", "a..b", "job_1", "all-1-2-3", `all-${"9".repeat(99)}-a`, 7, ["a"]])(
  "selected=%s means nothing",
  (text) => expect(parseSelected(text)).toBeUndefined(),
);
