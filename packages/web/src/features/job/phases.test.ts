import { Options } from "@unparquet/core/conversion/options";
import type { Attempt } from "@unparquet/core/job/schema";
import { expect, test } from "vitest";
import { attemptPhases, phaseDuration } from "./phases.ts";

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)).toISOString();
const attempt = (changes: Partial<Attempt>): Attempt => ({
  attempt: 1,
  status: "RUNNING",
  startedAt: at(0),
  runningAt: null,
  endedAt: null,
  lane: "shell",
  laneReason: "This stage has no other lane.",
  runId: null,
  options: Options.parse({}),
  result: null,
  error: null,
  ...changes,
});
const phases = (changes: Partial<Attempt>) =>
  attemptPhases(attempt(changes)).map((phase) => [
    phase.label,
    phaseDuration(phase, Date.parse(at(60))) / 1000,
  ]);

test("an attempt is queued, runs and ends", () => {
  expect(phases({ runningAt: at(4), endedAt: at(14), runId: "jr_1" })).toEqual([
    ["Queued", 4],
    ["Running", 10],
  ]);
});

test("what goes on lasts until now", () => {
  expect(phases({})).toEqual([["Queued", 60]]);
  expect(phases({ runningAt: at(10), runId: "jr_1" })).toEqual([
    ["Queued", 10],
    ["Running", 50],
  ]);
});

test("an attempt that never ran was queued to its end", () => {
  expect(phases({ endedAt: at(3) })).toEqual([["Queued", 3]]);
});

test("an attempt of which nobody kept when it ran says no more than is known", () => {
  expect(phases({ endedAt: at(9), runId: "jr_1" })).toEqual([["Queued and running", 9]]);
});
