import { expect, test } from "vitest";
import { parseJobsView } from "./jobs-view.ts";

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
