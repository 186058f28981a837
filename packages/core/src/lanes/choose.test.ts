import { expect, test } from "vitest";
import { chooseLane } from "./choose.ts";

const lambdaMaxBytes = 8e9;

test.each([
  [1200, "lambda", "About 1.2 kB of JSON predicted; Lambda takes up to 8 GB."],
  [8e9, "lambda", "About 8 GB of JSON predicted; Lambda takes up to 8 GB."],
  [12.34e9, "shell", "About 12 GB of JSON predicted, more than the 8 GB that Lambda takes."],
  [null, "shell", "The footer is too large to predict the output."],
])("an output of %s bytes is converted in the lane %s", (predictedBytes, lane, laneReason) => {
  expect(chooseLane({ predictedBytes, lambdaMaxBytes })).toEqual({ lane, laneReason });
});

test("a stage without the lane lambda uses the lane shell", () => {
  expect(chooseLane({ predictedBytes: 1, lambdaMaxBytes: 0 })).toMatchObject({ lane: "shell" });
});

test("only a retry after running out of time or memory uses the next stronger lane", () => {
  const retry = (code: string) =>
    chooseLane({ predictedBytes: 1, lambdaMaxBytes, last: { lane: "lambda", error: { code } } }).lane;
  expect([retry("timed_out"), retry("out_of_memory"), retry("internal")]).toEqual([
    "shell",
    "shell",
    "lambda",
  ]);
});
