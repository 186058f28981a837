import { jobStatuses } from "@unparquet/core/job/schema";
import { expect, test } from "vitest";
import { canCancel, canDelete, canRetry, isMoving, parseStatusFilter, statuses } from "./status.ts";

test("the filter offers every status there is", () => {
  expect(statuses).toEqual(jobStatuses);
});

test.each([
  [undefined, []],
  ["RUNNING", ["RUNNING"]],
  [
    ["FAILED", "RUNNING", "FAILED"],
    ["RUNNING", "FAILED"],
  ],
  [["running", "toString", 7, null], []],
])("status=%j in the address filters by %j", (value, status) => {
  expect(parseStatusFilter(value)).toEqual(status);
});

test("what can be done with a job depends on its status", () => {
  expect(statuses.filter(canCancel)).toEqual(["QUEUED", "RUNNING"]);
  expect(statuses.filter(canRetry)).toEqual(["SUCCEEDED", "FAILED", "CANCELLED"]);
  expect(statuses.filter(canDelete)).toEqual([
    "PENDING_UPLOAD",
    "SUCCEEDED",
    "FAILED",
    "CANCELLED",
    "EXPIRED",
  ]);
  expect(statuses.filter(isMoving)).toEqual(["QUEUED", "RUNNING", "CANCELLING"]);
});
