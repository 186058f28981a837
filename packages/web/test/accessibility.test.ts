import fs from "node:fs/promises";
import { createRequire } from "node:module";
import type axe from "axe-core";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { describeInBrowser, fixture } from "./visit.ts";

const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

const phone = 390;
const views = (["light", "dark"] as const).flatMap((colorScheme) =>
  [1440, phone].map((width) => ({ colorScheme, width })),
);

describeInBrowser("every page, by the rules of WCAG 2.2 AA and within its width", (session) => {
  let source: string;

  beforeAll(async () => {
    source = await fs.readFile(createRequire(import.meta.url).resolve("axe-core"), "utf8");
  });

  /** Fails with what axe says is wrong, and when the page is wider than the window. */
  const expectClean = async (page: Page, name: string) => {
    // What moves in has no colours to be judged by before it is there.
    await page.evaluate(() => {
      const ending = document
        .getAnimations()
        .filter(({ effect }) => effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY);
      return Promise.allSettled(ending.map(({ finished }) => finished)).then(() => undefined);
    });
    await page.evaluate(source);
    const { violations } = await page.evaluate<axe.AxeResults>(
      `axe.run(document, { runOnly: ${JSON.stringify(rules)} })`,
    );
    const found = violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes[0]?.html.slice(0, 200)}`);
    expect(found, name).toEqual([]);
    const { width = 0, height = 0 } = page.viewportSize() ?? {};
    // Of the phones, the narrowest, too.
    for (const inner of width === phone ? [360, phone] : [width]) {
      await page.setViewportSize({ width: inner, height });
      const excess = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(await excess(), `${name}, ${inner} px wide`).toBe(0);
    }
  };

  test("an empty list", async () => {
    const { page, dashboard } = await session.visit({ reducedMotion: "reduce" });
    await page.goto(session.url);
    await dashboard.jobs.getByText("No jobs yet").waitFor();
    await expectClean(page, "the empty list");
    await page.close();
  });

  test.each(views)("$colorScheme, $width px", async ({ colorScheme, width }) => {
    const { page, dashboard } = await session.visit({
      colorScheme,
      viewport: { width, height: 900 },
      reducedMotion: "reduce",
    });
    const open = (filename: string) =>
      page.getByRole("link", { name: filename, exact: true }).first().click();

    await page.goto(session.url);
    await dashboard.choose(fixture("orders.parquet"));
    for (const tab of ["Schema", "Rows", "Statistics", "JSON"]) {
      await page.getByRole("tab", { name: tab }).click();
      await expectClean(page, `a chosen file: ${tab}`);
    }
    await page.getByRole("button", { name: "Convert in this tab" }).click();
    await page.getByText(/^Saved · 3 rows/).waitFor();
    await expectClean(page, "a conversion in the tab");
    await page.getByRole("button", { name: "Remove orders.parquet" }).last().click();
    await dashboard.convert();
    await dashboard.convert(fixture("damaged.parquet"));
    await dashboard.row("orders.parquet").first().getByText("Succeeded").waitFor();
    await dashboard.row("damaged.parquet").first().getByText("Failed").waitFor();
    await expectClean(page, "the list");

    await dashboard.convert([fixture("orders.parquet"), fixture("values.parquet")]);
    const batch = page.getByRole("group", { name: "Files added together" }).first();
    await batch.getByRole("button", { name: "Download all" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Zip file" }).waitFor();
    await expectClean(page, "a batch and its download");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });

    await open("orders.parquet");
    await page.getByRole("grid").waitFor();
    await expectClean(page, "a job");
    await page.getByText("Tree", { exact: true }).click();
    await page.getByRole("tree").waitFor();
    await expectClean(page, "its JSON as a tree");

    await page.goto(session.url);
    await open("damaged.parquet");
    await page.getByText("Write or copy it again, then upload it.").waitFor();
    await expectClean(page, "a failed job");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("dialog").getByText("JSON array").waitFor();
    await expectClean(page, "the options of a retry");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });

    await page.goto(`${session.url}/overview`);
    await page.getByText(/^All \d+ jobs/).waitFor();
    await expectClean(page, "the overview");
    await page.close();
  });
});
