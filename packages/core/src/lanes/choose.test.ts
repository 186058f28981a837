import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type LaneName, laneNames } from "../deployment.ts";
import { chooseLane } from "./choose.ts";

const all = { lambdaMaxBytes: 8e9, sparkMinBytes: 100e9 };
const withoutSpark = { ...all, sparkMinBytes: 0 };
const withoutLambda = { ...all, lambdaMaxBytes: 0 };
const bytes = 1000;

test.each([
  [1200, "lambda", "About 1.2 kB of JSON predicted; Lambda takes up to 8 GB."],
  [8e9, "lambda", "About 8 GB of JSON predicted; Lambda takes up to 8 GB."],
  [12.34e9, "shell", "About 12 GB of JSON predicted, more than the 8 GB that Lambda takes."],
  [100e9 - 1, "shell", "About 100 GB of JSON predicted, more than the 8 GB that Lambda takes."],
  [100e9, "spark", "About 100 GB of JSON predicted; Spark takes 100 GB or more."],
  [null, "shell", "The footer is too large to predict the output."],
])("an output of %s bytes is converted in the lane %s", (predictedBytes, lane, laneReason) => {
  expect(chooseLane({ ...all, bytes, predictedBytes })).toEqual({ lane, laneReason });
});

test("a large file whose output cannot be predicted uses the lane spark", () => {
  expect(chooseLane({ ...all, bytes: 120e9, predictedBytes: null })).toEqual({
    lane: "spark",
    laneReason: "The footer is too large to predict the output, and the file has 120 GB.",
  });
});

test("a stage without the lane lambda or spark uses the lane shell instead", () => {
  expect(chooseLane({ ...withoutLambda, bytes, predictedBytes: 1e9 })).toEqual({
    lane: "shell",
    laneReason: "About 1 GB of JSON predicted, less than Spark's minimum of 100 GB.",
  });
  expect(chooseLane({ ...withoutSpark, bytes, predictedBytes: 1e12 }).lane).toBe("shell");
  expect(chooseLane({ lambdaMaxBytes: 0, sparkMinBytes: 0, bytes, predictedBytes: 1 })).toEqual({
    lane: "shell",
    laneReason: "This stage has no other lane.",
  });
});

describe("a retry after running out of time or memory", () => {
  const retry = (lane: LaneName, capacity?: number, stage = all, code = "timed_out") =>
    chooseLane({ ...stage, bytes, predictedBytes: 1, last: { lane, capacity, error: { code } } });

  test("only a retry after running out of time or memory uses the next stronger lane", () => {
    expect(retry("lambda")).toEqual({
      lane: "shell",
      laneReason: "The last attempt took too long on Lambda.",
    });
    expect(retry("lambda", undefined, all, "out_of_memory").lane).toBe("shell");
    expect(retry("lambda", undefined, all, "internal").lane).toBe("lambda");
    expect(retry("shell", 1, all, "internal").lane).toBe("lambda");
  });

  test("after a whole DPU, a retry uses the lane spark if the stage has it", () => {
    expect(retry("shell", 0.0625).lane).toBe("shell");
    expect(retry("shell", 1, all, "out_of_memory")).toEqual({
      lane: "spark",
      laneReason: "The last attempt ran out of memory on a whole DPU.",
    });
    expect(retry("shell", 1, withoutSpark).lane).toBe("shell");
  });

  test("after the lane spark, a retry uses it again while the stage has it", () => {
    expect(retry("spark").lane).toBe("spark");
    expect(retry("spark", undefined, withoutSpark).lane).toBe("shell");
  });
});

test("a larger output never gets a weaker lane, and no lane is one that the stage does not have", () => {
  const size = fc.integer({ min: 0, max: 1e12 });
  fc.assert(
    fc.property(size, size, size, size, (one, other, lambdaMaxBytes, sparkMinBytes) => {
      const choose = (predictedBytes: number) =>
        chooseLane({ lambdaMaxBytes, sparkMinBytes, bytes, predictedBytes }).lane;
      const [small, large] = [choose(Math.min(one, other)), choose(Math.max(one, other))];
      const strength = (lane: LaneName) => laneNames.indexOf(lane);
      expect(strength(small)).toBeLessThanOrEqual(strength(large));
      if (lambdaMaxBytes === 0) expect(small).not.toBe("lambda");
      if (sparkMinBytes === 0) expect(large).not.toBe("spark");
    }),
  );
});
