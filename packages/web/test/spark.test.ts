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

const rows = 120_000_000;

/** A small file that becomes 1.3 GB of JSON. */
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
      await page.goto(session.url);
    });
    afterAll(() => fs.rm(folder, { recursive: true }));

    test("a large file is announced for Spark, shows its progress there, and is cancelled", async () => {
      await dashboard.choose(await manyNulls(folder));
      expect(await page.getByText(/^Will run on/).textContent()).toBe(
        "Will run on Glue for Spark: About 1.3 GB of JSON predicted; Spark takes 100 MB or more.",
      );
      await dashboard.convert();
      await dashboard.open("nulls.parquet");
      await page.getByText(/^\d[\d,]* of 120,000,000 rows$/).waitFor();
      await page.getByRole("button", { name: "Cancel" }).click();
      await page.getByRole("region", { name: "Attempts" }).getByText("1. Cancelled").waitFor();
    });

    test("a retry of fewer rows on Spark succeeds, and its download has every row", async () => {
      const limit = 12_000_000;
      await page.getByRole("button", { name: "Try again" }).click();
      const dialog = page.getByRole("dialog", { name: "Try nulls.parquet again" });
      await dialog.getByRole("textbox", { name: "Row limit" }).fill(String(limit));
      await dialog.getByRole("button", { name: "Try again" }).click();
      const attempts = page.getByRole("region", { name: "Attempts" });
      await attempts.getByText("2. Succeeded").waitFor();
      await attempts.getByText(/^Glue for Spark: About 130 MB/).waitFor();

      const download = page.waitForEvent("download");
      await page.getByRole("link", { name: "Download", exact: true }).click();
      const digest = createHash("sha256").update(await fs.readFile(await (await download).path()));
      const expected = createHash("sha256").update(Buffer.alloc(11 * limit, '{"n":null}\n'));
      expect(digest.digest("hex")).toBe(expected.digest("hex"));
      expect(complaints).toEqual([]);
    });
  });
});
