import { expect, test } from "vitest";
import { describePrediction } from "./batch-prediction.tsx";

const lambda = { lane: "lambda", laneReason: "", predictedBytes: 90e6, fileBytes: 9e6 } as const;
const shell = { ...lambda, lane: "shell", predictedBytes: 12e9 } as const;
const spark = { ...lambda, lane: "spark", predictedBytes: 1e9 } as const;

test("files of one lane", () => {
  expect(describePrediction([lambda, { ...lambda, predictedBytes: 10e6 }])).toMatch(
    /^About 100 MB of JSON predicted, on Lambda\. The longest takes about \ds; together they cost under \$0\.01\.$/,
  );
});

test("files of several lanes, each with its count", () => {
  expect(describePrediction([lambda, lambda, shell])).toMatch(
    /^About 12\.2 GB of JSON predicted: 2 on Lambda, 1 on Glue Python Shell\. The longest takes about .+; together they cost under \$0\.01\.$/,
  );
});

test("where time and cost are not known, the size and the lanes", () => {
  expect(describePrediction([lambda, spark])).toBe(
    "About 1.09 GB of JSON predicted: 1 on Lambda, 1 on Glue for Spark.",
  );
});

test("nothing, where a size is not known", () => {
  expect(describePrediction([lambda, { ...shell, predictedBytes: null }])).toBeUndefined();
});
