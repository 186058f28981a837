import type { Browser, Page } from "playwright-core";
import { Dashboard } from "../../packages/web/test/dashboard.ts";
import { medians } from "../functions/measure.ts";

/** Median milliseconds until a chosen file's preview shows. */
export interface Preview {
  title: string;
  /** The JSON, with an empty cache, and for the next file. */
  first: number;
  next: number;
  /** The JSON after an option changes. */
  option: number;
  rows: number;
  statistics: number;
}

async function took(act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

async function preview(page: Page, url: string, file: string): Promise<Omit<Preview, "title">> {
  const dashboard = new Dashboard(page);
  const sample = page.getByRole("region", { name: "Sample of the JSON" });
  const choose = async () => {
    await dashboard.choose(file);
    await sample.filter({ hasText: /^\{/ }).waitFor();
  };
  const open = (tab: string) => page.getByRole("tab", { name: tab }).click();
  await page.goto(url);
  await dashboard.jobs.waitFor();
  await page.waitForLoadState("networkidle");
  const first = await took(choose);
  await page.getByRole("button", { name: /^Remove / }).click();
  await sample.waitFor({ state: "detached" });
  // Choosing the same file again would not change the field.
  await dashboard.choose([]);
  const next = await took(choose);
  const option = await took(async () => {
    await page.getByText("JSON array").click();
    await sample.filter({ hasText: /^\[/ }).waitFor();
  });
  const rows = await took(async () => {
    await open("Rows");
    await page
      .getByRole("grid", { name: "Rows of the file" })
      .locator("[role=gridcell] [data-kind]")
      .first()
      .waitFor();
  });
  const statistics = await took(async () => {
    await open("Statistics");
    await page
      .getByRole("grid", { name: "Statistics of the columns" })
      .getByRole("gridcell")
      .first()
      .waitFor();
  });
  return { first, next, option, rows, statistics };
}

/** Measures each file in a page with an empty cache. */
export async function previews(
  browser: Browser,
  url: string,
  rounds: number,
  title: string,
  file: string,
): Promise<Preview> {
  const found: Omit<Preview, "title">[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.setDefaultTimeout(60_000);
    found.push(await preview(page, url, file));
    await page.close();
  }
  return { title, ...medians(found) };
}
