import fs from "node:fs/promises";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import type { Dashboard } from "./dashboard.ts";
import { describeInBrowser, fixture } from "./visit.ts";

describeInBrowser("what works on every page", (session) => {
  let page: Page;
  let dashboard: Dashboard;

  beforeAll(async () => {
    ({ page, dashboard } = await session.visit({ viewport: { width: 1280, height: 900 } }));
  });

  test("files dropped anywhere are shown in the list, in the order of their names", async () => {
    await page.goto(`${session.url}/overview`);
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    const base64 = await fs.readFile(fixture("orders.parquet"), "base64");
    const dataTransfer = await page.evaluateHandle((content) => {
      const bytes = Uint8Array.from(atob(content), (char) => char.charCodeAt(0));
      const data = new DataTransfer();
      for (const name of ["part-10.parquet", "part-9.parquet"]) data.items.add(new File([bytes], name));
      return data;
    }, base64);
    const zone = page.locator("[data-portal] input[type=file]").locator("..");
    await page.locator("body").dispatchEvent("dragenter", { dataTransfer });
    await zone.dispatchEvent("dragenter", { dataTransfer });
    await page.getByText("Drop to preview").waitFor();
    await zone.dispatchEvent("drop", { dataTransfer });
    await page.getByRole("button", { name: "Convert all 2 files" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/");
    const rows = await dashboard.chosen.getByRole("listitem").allTextContents();
    expect(rows.map((row) => /part-\d+/.exec(row)?.[0])).toEqual(["part-9", "part-10"]);
    await page.getByText("Drop to preview").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Convert all 2 files" }).click();
    await dashboard.row("part-10.parquet").getByText("Succeeded").waitFor();
    await dashboard.row("part-9.parquet").getByText("Succeeded").waitFor();
    await dashboard.jobs.getByText("Succeeded 2").waitFor();
  });

  test("? lists the keys, / filters, and both can be turned off", async () => {
    const dialog = page.getByRole("dialog", { name: "Keyboard shortcuts" });
    const filter = page.getByRole("searchbox", { name: "Filter by name" });
    await page.keyboard.press("?");
    await dialog.getByText("Filter by name").waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });

    await page.keyboard.press("/");
    await page.keyboard.type("9?");
    expect(await filter.inputValue()).toBe("9?");
    await page.getByText("No jobs match these filters").waitFor();
    await page.getByRole("button", { name: "Clear filters" }).click();
    await dashboard.row("part-10.parquet").waitFor();

    await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
    await dialog.getByRole("switch", { name: "Single-key shortcuts" }).click();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.keyboard.press("?");
    await page.keyboard.press("/");
    expect(await dialog.count()).toBe(0);
    expect(await filter.evaluate((input) => input === document.activeElement)).toBe(false);
  });

  test("the overview has totals, and its charts say what their axes are", async () => {
    await page.getByRole("link", { name: "Overview" }).click();
    await page.getByText("All 2 jobs").waitFor();
    const figures = page.locator("dl").first();
    expect(await figures.innerText()).toMatch(/Jobs\s+2\s+Success rate\s+100%\s+Rows\s+6/);
    const bySize = page.getByRole("region", { name: "Duration by size" });
    await bySize.getByText("Input size").waitFor();
    if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT, fullPage: true });
  });
});
