// npm run measure -w packages/web: how long the page is busy with what a person does in a list of 5,000 jobs.
import type { Page } from "playwright-core";
import { findChromium, launch } from "../test/browser.ts";
import { writeJobs } from "../test/many-jobs.ts";
import { startProduct } from "../test/product.ts";

const count = 5000;

/** Has the page note every interaction: from the input to the next picture of the page (Event Timing), in milliseconds. */
async function observe(page: Page): Promise<void> {
  await page.evaluate(() => {
    const noted = { events: [] as number[], tasks: [] as number[] };
    Object.assign(window, { noted });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) noted.events.push(entry.duration);
    }).observe({ type: "event", durationThreshold: 16 } as PerformanceObserverInit);
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) noted.tasks.push(entry.duration);
    }).observe({ type: "longtask" });
  });
}

async function report(page: Page, what: string, act: () => Promise<unknown>): Promise<void> {
  await page.waitForTimeout(500);
  await page.evaluate(() => {
    const { noted } = window as unknown as { noted: Record<string, number[]> };
    for (const list of Object.values(noted)) list.length = 0;
  });
  await act();
  await page.waitForTimeout(700);
  const { events, tasks } = await page.evaluate(
    () => (window as unknown as { noted: { events: number[]; tasks: number[] } }).noted,
  );
  const longest = events.length === 0 ? "under 16 ms" : `${Math.max(...events)} ms`;
  const blocked = tasks.length === 0 ? "none" : `${tasks.length}, the longest ${Math.max(...tasks)} ms`;
  console.log(`${what}: slowest answer ${longest}; tasks over 50 ms: ${blocked}`);
}

const chromium = await findChromium(process.env);
if (!chromium) throw new Error("There is no Chromium on the PATH, and CHROMIUM names none");
const product = await startProduct();
const browser = await launch(chromium);
try {
  await writeJobs(count);
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(product.dashboard);
  await page.getByText("5,000 jobs", { exact: true }).waitFor({ timeout: 120_000 });
  await observe(page);
  const grid = page.getByRole("grid", { name: "Jobs" });
  const field = page.getByRole("searchbox", { name: "Filter by name" });
  await report(page, "Typing a name", () => field.pressSequentially("day-00", { delay: 80 }));
  await report(page, "Taking it back", () => field.fill(""));
  await report(page, "Selecting all", () => grid.getByRole("checkbox", { name: /^Select all/ }).click());
  await report(page, "Sorting by rows", () => page.getByRole("button", { name: "Rows" }).click());
  await report(page, "Filtering by status", () => page.getByText("Failed", { exact: true }).first().click());
  await report(page, "All of them again", () => page.getByText("All", { exact: true }).click());
  await report(page, "Scrolling by wheel", async () => {
    for (let turn = 0; turn < 40; turn += 1) await page.mouse.wheel(0, 800);
  });
  await report(page, "The last by keyboard", async () => {
    await grid.getByRole("row").nth(5).focus();
    await page.keyboard.press("End");
  });
} finally {
  await browser.close();
  await product.stop();
}
