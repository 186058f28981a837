import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { configOf } from "./config.ts";

const root = join(import.meta.dirname, "..");

/** The maximum daily cost of anonymous use, by service, from the published prices in bench/prices.py. */
async function worstDay(stage: string, env: NodeJS.ProcessEnv = {}): Promise<Record<string, number>> {
  const config = JSON.stringify(configOf(stage, env));
  const { stdout } = await promisify(execFile)(join(root, ".venv/bin/python"), [
    join(root, "bench/prices.py"),
    config,
  ]);
  return JSON.parse(stdout);
}

const sum = (costs: Record<string, number>) => Object.values(costs).reduce((total, cost) => total + cost, 0);

test("anonymous use of a default stage costs less than 20 dollars a day", async () => {
  expect(sum(await worstDay("pr-1"))).toBeLessThan(20);
});

test("the maximum cost matches docs/cost.md", async () => {
  const page = await readFile(join(root, "docs/cost.md"), "utf8");
  const [any, production] = [await worstDay("pr-1"), await worstDay("production")];
  const dollars = (amount: number) => amount.toFixed(2);
  for (const [name, cost] of Object.entries(any)) {
    expect(page).toContain(`| ${name} | ${dollars(cost)} | ${dollars(production[name] ?? 0)} |`);
  }
  expect(page).toContain(`| **together** | **${dollars(sum(any))}** | **${dollars(sum(production))}** |`);
});

test("the lane spark adds to the maximum cost what docs/cost.md says, and nothing while it is off", async () => {
  const page = await readFile(join(root, "docs/cost.md"), "utf8");
  const [off, on] = [
    await worstDay("pr-1"),
    await worstDay("pr-1", { UNPARQUET_LANES: "lambda,shell,spark" }),
  ];
  const { "Glue for Spark": spark = 0, ...others } = on;
  expect(others).toEqual(off);
  expect(page).toContain(`200 DPU-hours a day, ${spark.toFixed(2)} dollars more`);
});

test("the time and cost of the lanes match docs/lanes.md", async () => {
  const page = await readFile(join(root, "docs/lanes.md"), "utf8");
  const { stdout } = await promisify(execFile)(join(root, ".venv/bin/python"), [
    join(root, "bench/lane_costs.py"),
  ]);
  expect(page).toContain(`<!-- bench:lanes:begin -->\n${stdout}<!-- bench:lanes:end -->`);
});
