import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { python } from "@unparquet/local/lib/paths";
import { execa } from "execa";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Dashboard } from "./dashboard.ts";
import { describeInBrowser } from "./visit.ts";

// `npm run test:peers` runs this with the lane, which needs PySpark.
const hasSpark = /\bspark\b/.test(process.env.UNPARQUET_LANES ?? "");

const rows = 30_000_000;

/** A small file that becomes 330 MB of JSON. */
async function manyNulls(folder: string): Promise<string> {
  const write = `
import pyarrow as pa, pyarrow.parquet as pq
pq.write_table(pa.table({"n": pa.nulls(${rows}, pa.int8())}), "nulls.parquet")
`;
  await execa(python, ["-c", write], { cwd: folder });
  return path.join(folder, "nulls.parquet");
}

describe.runIf(hasSpark)("the lane spark", () => {
  describeInBrowser("on the dashboard", (session) => {
    let page: Page;
    let dashboard: Dashboard;
    let complaints: string[];
    let folder: string;

    beforeAll(async () => {
      folder = await fs.mkdtemp(path.join(os.tmpdir(), "unparquet-spark-"));
      ({ page, dashboard, complaints } = await session.visit());
      await page.goto(session.product.dashboard);
    });
    afterAll(() => fs.rm(folder, { recursive: true }));

    test("a large file is announced for Spark, shows its progress there, and is cancelled", async () => {
      await dashboard.choose(await manyNulls(folder));
      await page
        .getByText("Will run on Spark: About 330 MB of JSON predicted; Spark takes 100 MB or more.")
        .waitFor();
      await dashboard.convert();
      await dashboard
        .row("nulls.parquet")
        .getByText(/ of 30,000,000 rows/)
        .waitFor();
      await page.getByRole("button", { name: "Cancel nulls.parquet" }).click();
      await dashboard.row("nulls.parquet").getByText("Cancelled").waitFor();
    });

    test("a retry on Spark succeeds, and its download has every row", async () => {
      await dashboard.open("nulls.parquet");
      await page.getByRole("button", { name: "Retry" }).click();
      const attempts = page.getByRole("region", { name: "Attempts" });
      await attempts.getByText("2. Succeeded").waitFor();
      await attempts
        .getByText(/^Spark: About 330 MB/)
        .first()
        .waitFor();

      const download = page.waitForEvent("download");
      await page
        .getByRole("link", { name: /^Download/ })
        .first()
        .click();
      const digest = createHash("sha256").update(await fs.readFile(await (await download).path()));
      const expected = createHash("sha256").update(Buffer.alloc(11 * rows, '{"n":null}\n'));
      expect(digest.digest("hex")).toBe(expected.digest("hex"));
      expect(complaints).toEqual([]);
    });
  });
});
