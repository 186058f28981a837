import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { layoutShifts, observeLayoutShifts } from "./layout-shifts.ts";
import { send, start } from "./send.ts";
import { describeInBrowser, fixture } from "./visit.ts";

/** What one could notice: a tenth of what Lighthouse calls good. */
const most = 0.01;
const widths = [1440, 360];

// As it is deployed: what comes late there, comes late here.
describeInBrowser("nothing on a page moves by itself", (session) => {
  const visit = async (width: number) => {
    const visit = await session.visit({ viewport: { width, height: 900 } });
    await observeLayoutShifts(visit.page);
    return visit;
  };
  /** Since the document began. What somebody does may move something, and does not count. */
  const expectStill = async (page: Page) => {
    // What follows from what is there by now, such as a font or a chunk.
    await page.waitForLoadState("networkidle");
    await sleep(500);
    const shifts = await layoutShifts(page);
    const sum = shifts.reduce((all, { value }) => all + value, 0);
    expect(sum, JSON.stringify(shifts, undefined, 1)).toBeLessThan(most);
  };

  test.each(widths)("an empty list, %i px wide", async (width) => {
    const { page, dashboard } = await visit(width);
    await page.goto(session.url);
    await dashboard.jobs.getByText("No jobs yet").waitFor();
    await expectStill(page);
    await page.close();
  });

  test.each(widths)("a list, a chosen file, its upload, and jobs that come in, %i px wide", async (width) => {
    await send(session.product.api, fixture("values.parquet"), {});
    const { page, dashboard } = await visit(width);
    await page.goto(session.url);
    await dashboard.row("values.parquet").first().waitFor();
    await expectStill(page);

    const chooser = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "browse" }).press("Enter");
    await (await chooser).setFiles(fixture("orders.parquet"));
    await page.getByLabel("Row limit").waitFor();
    await dashboard.chosen.getByText("9007199254740993").waitFor();
    await expectStill(page);

    await dashboard.convert();
    await dashboard.row("orders.parquet").first().getByText("Succeeded").waitFor();
    await expectStill(page);

    await send(session.product.api, fixture("wide.parquet"), {});
    await dashboard.row("wide.parquet").first().getByText("Succeeded").waitFor();
    await expectStill(page);
    await page.close();
  });

  test.each(widths)("the page of a job, and the overview, %i px wide", async (width) => {
    const { jobId } = await send(session.product.api, fixture("values.parquet"), {});
    const { page } = await visit(width);
    await page.goto(`${session.url}/jobs/${jobId}`);
    await page.getByRole("grid").getByText("9007199254740993").waitFor();
    await expectStill(page);

    await page.goto(`${session.url}/overview`);
    await page.getByRole("heading", { name: "JSON written" }).waitFor();
    await expectStill(page);
    await page.close();
  });

  test.each(widths)("the page of a job that runs, to its end, %i px wide", async (width) => {
    const { page } = await visit(width);
    const { jobId } = await start(session.product.api, fixture("long.parquet"), { limit: 12_000_000 });
    await page.goto(`${session.url}/jobs/${jobId}`);
    await page.getByText(/rows a second/).waitFor();
    await page.getByRole("grid").getByText("xxxx").first().waitFor();
    await expectStill(page);
    await page.close();
  });
});
