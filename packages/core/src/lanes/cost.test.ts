import fs from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { lambdaLane } from "../deployment.ts";
import { estimateRun } from "./cost.ts";
import model from "./cost-model.json" with { type: "json" };

const page = path.join(import.meta.dirname, "../../../../docs/lanes.md");
const units: Record<string, number> = { kB: 1e3, MB: 1e6, GB: 1e9 };
/** Of the taxi trips that the page's table is about: bytes of Parquet for each of JSON. */
const parquet = 310 / 3320;

test("an estimate is what the table of docs/lanes.md has for the same size", async () => {
  const rows = (await fs.readFile(page, "utf8")).matchAll(
    /^\| (\d+) (kB|MB|GB) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$/gm,
  );
  let compared = 0;
  for (const [, size, unit, ...cells] of rows) {
    const bytes = Number(size) * (units[unit ?? ""] ?? 0);
    const [quick, slow] = (["lambda", "shell"] as const).map((lane) =>
      estimateRun(lane, bytes * parquet, bytes),
    );
    const [quickSeconds = 0, quickDollars = 0, slowSeconds = 0, slowDollars = 0] = cells.map(Number);
    expect(Math.abs((quick?.seconds ?? 0) - quickSeconds)).toBeLessThan(0.51);
    expect(quick?.dollars).toBeCloseTo(quickDollars, 4);
    expect(Math.abs((slow?.seconds ?? 0) - slowSeconds)).toBeLessThan(0.51);
    expect(slow?.dollars).toBeCloseTo(slowDollars, 4);
    compared += 1;
  }
  expect(compared).toBeGreaterThan(5);
});

test("a run on Spark, whose workers the stage decides, is not estimated", () => {
  expect(estimateRun("spark", 1e11, 1e12)).toBeUndefined();
});

test("the model has the memory of the function that is deployed", () => {
  expect(model.lambdaMegabytes).toBe(lambdaLane.memoryMB);
});
